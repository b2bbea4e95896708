package wire

import (
	"errors"

	"golang.org/x/sys/unix"
)

// flush sends what is ready in a lane.
func (p *pump) flush(l *lane) {
	var frames [batch][]byte
	for len(l.ready) > 0 {
		n := min(len(l.ready), batch)
		for i, o := range l.ready[:n] {
			frames[i] = o.buffer
		}
		sent, err := p.vector.send(l.sender, frames[:n])
		if sent > 0 {
			l.tries = 0
		}
		p.done(l.ready[:sent])
		l.ready = l.ready[sent:]
		if err != nil && !p.refused(l, err) {
			break
		}
	}
	l.ready = nil
}

func (p *pump) done(sent []outgoing) {
	for _, o := range sent {
		if o.stored {
			p.store.put(o.buffer)
		}
	}
}

// Patience with a kernel that takes no more frames just now: its queue between two devices is full.
const (
	retryPause = instant(200e3)
	maxTries   = 50
)

// refused deals with the first ready frame, which the kernel has not taken. It returns whether the
// rest may be tried at once.
func (p *pump) refused(l *lane, err error) bool {
	full := errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN)
	switch {
	case full && !l.leads(): // the node is switched off: as a cable that leads nowhere
		p.done(l.ready)
		return false
	case full && l.tries < maxTries:
		l.tries++
		p.retry(l)
		return false
	}
	l.overrun(l.ready[0].buffer) // that this device never takes, or not in time
	p.done(l.ready[:1])
	l.ready = l.ready[1:]
	return true
}

// retry puts the ready frames back, before all others of the lane, which wait too.
func (p *pump) retry(l *lane) {
	l.stalled = p.now + retryPause
	p.front -= int64(len(l.ready))
	for i, o := range l.ready {
		if h := l.hold(o, l.stalled); h != nil {
			h.order = p.front + int64(i)
			p.heap.moved(h)
		}
	}
}
