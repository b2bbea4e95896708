package chat

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxWaiting bounds how many broadcasts of each kind wait to be sent.
const maxWaiting = 4096

// turn is how many members are sent a broadcast that is not urgent, before the urgent ones
// are looked at again.
const turn = 32

// broadcast is one datagram for all members but one.
type broadcast struct {
	from   *member
	data   []byte
	to     []*member
	next   int // of to
	urgent bool
}

// relay sends broadcasts, one after the other, the urgent ones first:
//
//	take ─► push ─┬─► urgent: of members that have been there for a while ─┐
//	              └─► others: of newcomers, and that they have come        ─┴─► run ─► a socket per address
//
// So a crowd of newcomers, real or forged, delays those who were there by a turn at the most.
type relay struct {
	silent  int // see limits
	dropped *dropped
	sent    atomic.Int64

	mu     sync.Mutex
	news   *sync.Cond
	urgent []*broadcast
	others []*broadcast
	end    time.Time // not zero: no more comes; what waits may be sent until then

	lastUrgent time.Time
	hurry      chan struct{} // something urgent has come since the last rest
}

func newRelay(silent int, d *dropped) *relay {
	r := &relay{silent: silent, dropped: d, hurry: make(chan struct{}, 1)}
	r.news = sync.NewCond(&r.mu)
	return r
}

// push puts a broadcast in the queue, unless that is full.
func (r *relay) push(b *broadcast) {
	r.mu.Lock()
	defer r.mu.Unlock()
	queue := &r.others
	if b.urgent {
		queue = &r.urgent
	}
	if len(*queue) >= maxWaiting {
		r.dropped.add(backlog, b.from.peer().Addr())
		return
	}
	if !b.urgent {
		b.from.waiting.Add(1)
	}
	*queue = append(*queue, b)
	r.news.Signal()
	if b.urgent {
		r.lastUrgent = time.Now()
		select {
		case r.hurry <- struct{}{}:
		default:
		}
	}
}

// finish lets run send what waits until then, and return.
func (r *relay) finish(until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end = until
	r.news.Signal()
}

// run sends until it is finished.
func (r *relay) run() {
	for b := r.pull(); b != nil; b = r.pull() {
		if b.urgent {
			r.send(b, len(b.to))
			continue
		}
		began := time.Now()
		r.send(b, min(len(b.to), b.next+turn))
		r.rest(3 * time.Since(began))
	}
}

func (r *relay) send(b *broadcast, last int) {
	for ; b.next < last; b.next++ {
		r.deliver(b, b.to[b.next])
	}
}

// rest leaves the processor to others for a while, if there has been anything urgent lately:
// a crowd of newcomers has a quarter of the time then, and what is urgent is received at once.
func (r *relay) rest(d time.Duration) {
	r.mu.Lock()
	busy := len(r.urgent) == 0 && time.Since(r.lastUrgent) < time.Second && r.end.IsZero()
	r.mu.Unlock()
	if !busy {
		return
	}
	select {
	case <-r.hurry:
	case <-time.After(d):
	}
}

// pull is the broadcast to go on with, which is taken off its queue with its last turn;
// nil at the end.
func (r *relay) pull() *broadcast {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if !r.end.IsZero() && time.Now().After(r.end) {
			return nil
		}
		if len(r.urgent) > 0 {
			b := r.urgent[0]
			r.urgent = r.urgent[1:]
			return b
		}
		for len(r.others) > 0 {
			b := r.others[0]
			if b.next < len(b.to) {
				return b
			}
			b.from.waiting.Add(-1)
			r.others = r.others[1:]
		}
		if !r.end.IsZero() {
			return nil
		}
		r.news.Wait()
	}
}

func (r *relay) deliver(b *broadcast, m *member) {
	if m == b.from || m.gone.Load() {
		return
	}
	peer := m.origin.Load()
	if !m.owes(len(b.data), r.silent, b.urgent) {
		r.dropped.add(silent, peer.From.Addr())
		return
	}
	err := m.outlet.Send(b.data, *peer)
	switch {
	case err == nil:
		r.sent.Add(1)
	case !errors.Is(err, net.ErrClosed): // it has just left
		r.dropped.add(stuck, peer.From.Addr())
	}
}
