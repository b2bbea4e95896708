package wire

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"netsim/topology"
)

// set changes what the link does.
func (w *wire) set(l topology.Link) error {
	err := errors.Join(
		w.setLane(w.out, l.Out, l.Down, topology.Refusal{}),
		w.setLane(w.in, l.In, l.Down, l.Refuse),
	)
	if err != nil {
		return fmt.Errorf("link %s.%s: %w", w.node, w.network, err)
	}
	return w.out.pump.do(func() { w.link = l })
}

func (w *wire) setLane(l *lane, i topology.Impairment, down bool, refuse topology.Refusal) error {
	active := !i.IsZero() || down || !refuse.IsZero()
	was := l.isActive() // only set changes that
	err := l.pump.call(func() error {
		l.drain()
		l.adopt(i, down, refuse)
		switch {
		case active && !was:
			return w.open(l)
		case !active && was:
			l.holding = true
		}
		return nil
	})
	switch {
	case err != nil || active == was:
		return err
	case active:
		return l.takeOver(w.sink)
	}
	return l.handBack()
}

// adopt is what happens to packets from now on. Those of flows are counted anew where the impairment is another.
func (l *lane) adopt(i topology.Impairment, down bool, refuse topology.Refusal) {
	if !i.Equal(l.impairment) {
		l.flows = newFlowTable(l.base)
		l.forgetOvertaking()
		l.retime(&i)
	}
	l.impairment, l.down, l.refuse = i, down, refuse
}

// retime has what is under way go by another impairment from now on, in its order: what still waits for
// the line goes by the new rate, what is on the cable takes no longer than the new delay.
func (l *lane) retime(to *topology.Impairment) {
	p := l.pump
	p.look()
	var frames []*pending
	for _, h := range p.heap {
		if h.lane == l {
			frames = append(frames, h)
		}
	}
	slices.SortFunc(frames, func(a, b *pending) int { return cmp.Compare(a.order, b.order) })
	l.shaper = shaper{}
	for _, h := range frames {
		if waits := h.due-instant(l.impairment.Delay) > p.now; waits && l.impairment.Rate > 0 {
			h.due = l.shaper.again(to, p.now, bitsIn(h.frame))
		} else {
			h.due = l.shaper.arrive(min(h.due, p.now+instant(to.Delay)))
		}
	}
	p.heap.rebuild()
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

// open opens the receiver, which nobody reads yet.
func (w *wire) open(l *lane) (err error) {
	if err := w.enter(); err != nil {
		return err
	}
	fd, err := openReceiver(l.from)
	if err == nil {
		l.receiver = fd
	}
	return err
}

// drainLimit is how long draining may take while ever more comes in.
const drainLimit = instant(20e6)

// drain takes what has come in so far.
func (l *lane) drain() {
	if !l.isActive() {
		return
	}
	l.pump.look()
	for began := l.pump.now; l.pump.receive(l) && l.pump.now-began < drainLimit; {
	}
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

// listen reads what comes in at a lane.
func (p *pump) listen(l *lane) error {
	p.lanes[int32(l.receiver)] = l
	if err := p.watch(l.receiver); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// stop closes the receiver.
func (l *lane) stop() {
	if l.receiver >= 0 {
		delete(l.pump.lanes, int32(l.receiver))
		unix.Close(l.receiver)
		l.receiver = -1
	}
}

func (l *lane) close() {
	l.stop()
	unix.Close(l.sender)
}
