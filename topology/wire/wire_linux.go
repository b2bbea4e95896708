package wire

import (
	"fmt"
	"maps"

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
		l.countMissed()
		all = append(all, l.ledger.take(w.node, w.network, l.direction)...)
	}
	return all
}

// countMissed counts what the receiver had no room for.
func (l *lane) countMissed() {
	if l.isActive() {
		l.ledger.lost(flowKey{}, missed(l.receiver))
	}
}

// totals are what the lane has done since it was laid.
func (l *lane) totals() map[topology.Cause]uint64 {
	l.countMissed()
	return maps.Clone(l.ledger.totals)
}
