package wire

import (
	"errors"
	"fmt"
	"maps"
	"math"

	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/kernel"
)

// wire is one link: a lane in each direction.
type wire struct {
	place   Place
	node    string
	network string
	device  string // eth0
	link    topology.Link
	out, in *lane
	sink    int
	dropped uint64 // by the node's interface, so far
}

// lay lays a wire between x-eth0 and w-eth0, which kernel.Splice has made. It runs on the pump's thread.
func (p *pump) lay(at Place, seed uint64, node string, x topology.Interface) (*wire, error) {
	w := &wire{place: at, node: node, network: x.Segment, device: x.Name}
	if err := w.enter(); err != nil {
		return nil, err
	}
	inner, err := at.Namespace.Links().LinkByName(kernel.InnerName(x.Name))
	if err != nil {
		return nil, err
	}
	outer, err := at.Namespace.Links().LinkByName(kernel.OuterName(x.Name))
	if err != nil {
		return nil, err
	}
	name := node + "." + x.Segment
	if w.sink, err = sinkOf(at.Namespace.Links()); err != nil {
		return nil, err
	}
	if w.out, err = p.newLane(at, seed, name, topology.Out, inner.Attrs().Index, outer.Attrs().Index); err != nil {
		return nil, err
	}
	if w.in, err = p.newLane(at, seed, name, topology.In, outer.Attrs().Index, inner.Attrs().Index); err != nil {
		w.out.close()
		return nil, err
	}
	return w, nil
}

// enter moves the pump's thread to the node's network, where its sockets are to be.
func (w *wire) enter() error {
	if w.place.NetNS == Here {
		return nil
	}
	if err := unix.Setns(w.place.NetNS, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("network namespace of %s: %w", w.node, err)
	}
	return nil
}

// newLane makes a direction that the kernel forwards.
func (p *pump) newLane(at Place, seed uint64, link string, d topology.Direction, from, to int) (*lane, error) {
	l := &lane{pump: p, direction: d, links: at.Namespace.Links(), from: from, to: to, receiver: -1, base: baseOf(seed, link, d), ledger: newLedger()}
	l.flows = newFlowTable(l.base)
	var err error
	if l.sender, err = openSender(to); err != nil {
		return nil, err
	}
	if err := forward(l.links, from, to); err != nil {
		unix.Close(l.sender)
		return nil, err
	}
	return l, nil
}

// set changes what the link does. It runs on the pump's thread.
func (w *wire) set(l topology.Link) error {
	if err := w.enter(); err != nil {
		return err
	}
	err := errors.Join(
		w.out.set(l.Out, l.Down, topology.Refusal{}, w.sink),
		w.in.set(l.In, l.Down, l.Refuse, w.sink),
	)
	if err != nil {
		return fmt.Errorf("link %s.%s: %w", w.node, w.network, err)
	}
	w.link = l
	return nil
}

// set changes what is done in one direction. The packets of flows are counted anew where the impairment
// is another.
func (l *lane) set(i topology.Impairment, down bool, refuse topology.Refusal, sink int) error {
	l.drain()
	if !i.Equal(l.impairment) {
		l.flows = newFlowTable(l.base)
		l.forgetOvertaking()
		l.shaper = shaper{last: l.shaper.last}
	}
	l.impairment, l.down, l.refuse = i, down, refuse
	active := !i.IsZero() || down || !refuse.IsZero()
	switch {
	case active && !l.isActive():
		return l.activate(sink)
	case !active && l.isActive():
		return l.deactivate()
	}
	return nil
}

// forgetOvertaking lets packets that wait for another one leave when their time has come.
func (l *lane) forgetOvertaking() {
	for _, h := range l.pump.heap {
		if h.lane == l && h.owner != nil {
			h.owner.held = nil
			h.owner = nil
		}
	}
}

// activate has the pump carry the direction. Frames that come between opening the socket and
// diverting the kernel's copy pass twice rather than never.
func (l *lane) activate(sink int) error {
	p := l.pump
	p.look()
	fd, err := openReceiver(l.from)
	if err != nil {
		return err
	}
	l.since, l.until = p.now, math.MaxInt64
	if err := p.watch(fd); err != nil {
		unix.Close(fd)
		return fmt.Errorf("epoll: %w", err)
	}
	if err := divert(l.links, l.from, sink); err != nil {
		unix.Close(fd)
		return err
	}
	l.receiver = fd
	p.lanes[int32(fd)] = l
	return nil
}

// drain takes what has come in so far.
func (l *lane) drain() {
	if !l.isActive() {
		return
	}
	l.pump.look()
	for now := l.pump.now; l.pump.receive(l) && l.pump.now-now < drainLimit; {
	}
}

// drainLimit is how long draining may take while ever more comes in.
const drainLimit = instant(20e6)

// deactivate gives the direction back to the kernel. What is under way arrives now, in its order, before
// what comes next.
func (l *lane) deactivate() error {
	p := l.pump
	p.arrive(l)
	p.look()
	l.until = p.now
	if err := undivert(l.links, l.from); err != nil {
		l.until = math.MaxInt64
		return err
	}
	l.drain() // what came before the kernel took over
	p.arrive(l)
	l.ledger.lost(missed(l.receiver))
	l.shaper = shaper{}
	return l.stop()
}

// arrive sends all that is under way in a lane at once.
func (p *pump) arrive(l *lane) {
	for _, h := range p.heap {
		if h.lane == l && h.due > p.now {
			h.due = p.now // their numbers keep them in order
		}
	}
	p.heap.rebuild()
	l.stalled = 0
	p.release()
}

func (l *lane) stop() error {
	if l.receiver < 0 {
		return nil
	}
	delete(l.pump.lanes, int32(l.receiver))
	err := unix.Close(l.receiver)
	l.receiver = -1
	return err
}

func (l *lane) close() {
	_ = l.stop()
	unix.Close(l.sender)
}

// unsent is how many packets the node's interface has dropped since the last call, because the
// queue behind it, which is the kernel's own, was full.
func (w *wire) unsent() uint64 {
	link, err := w.place.Namespace.Links().LinkByName(w.device)
	if err != nil || link.Attrs().Statistics == nil {
		return 0
	}
	before := w.dropped
	w.dropped = link.Attrs().Statistics.TxDropped
	if w.dropped < before {
		return 0
	}
	return w.dropped - before
}

// faults are what the wire has done since the last call.
func (w *wire) faults() []topology.Fault {
	var all []topology.Fault
	for _, l := range []*lane{w.out, w.in} {
		l.drain()
		if l.isActive() {
			l.ledger.lost(missed(l.receiver))
		}
		all = append(all, l.ledger.take(w.node, w.network, l.direction)...)
	}
	return all
}

// totals are what the lane has done since it was laid.
func (l *lane) totals() map[topology.Cause]uint64 {
	if l.isActive() {
		l.ledger.lost(missed(l.receiver))
	}
	return maps.Clone(l.ledger.totals)
}
