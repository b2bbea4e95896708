package chat

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of what waits to be sent.
const (
	maxWaiting = 4096 // broadcasts in all
	maxOfOne   = 2048 // broadcasts of one member
)

// turn is how many members are sent a broadcast before it is asked anew which one to go on
// with; one turn of every so many goes to the broadcast that has waited longest.
const (
	turn      = 32
	juniority = 8
)

// broadcast is one datagram for all members but one.
type broadcast struct {
	from *member
	rank int // its place among the members, from 0
	data []byte
	to   []*member
	next int // of to
}

// relay sends broadcasts. Those of who joined first go first, so that a crowd of newcomers, real or
// forged, delays those who were there before by a turn at the most; now and then the one that has waited
// longest has its turn, so that nobody starves. A member's own never overtake each other.
//
//	push ─► waiting: alice (1st member) ── carol (30th) ── mallory (31st) ── mallory ─► run ─► an outlet per address
//
// When too many wait, it is the youngest member's last one that is thrown away.
type relay struct {
	limits  limits
	dropped *dropped
	sent    atomic.Int64

	mu      sync.Mutex
	news    sync.Cond
	waiting []*broadcast // in the order in which they came
	turns   int
	end     time.Time // not zero: no more comes; what waits may be sent until then
}

func newRelay(l limits, d *dropped) *relay {
	r := &relay{limits: l, dropped: d}
	r.news.L = &r.mu
	return r
}

// push has a broadcast wait for its turn.
func (r *relay) push(b *broadcast) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.from.waiting >= maxOfOne || len(r.waiting) >= maxWaiting && !r.makeRoom(b) {
		r.dropped.add(backlog, b.from.peer().Addr())
		return
	}
	b.from.waiting++
	r.waiting = append(r.waiting, b)
	r.news.Signal()
}

// makeRoom throws away the last broadcast of the youngest member, unless that is b's own.
func (r *relay) makeRoom(b *broadcast) bool {
	youngest := 0
	for i, x := range r.waiting {
		if x.from.number >= r.waiting[youngest].from.number {
			youngest = i
		}
	}
	x := r.waiting[youngest]
	if x.from.number <= b.from.number {
		return false
	}
	r.remove(youngest)
	r.dropped.add(backlog, x.from.peer().Addr())
	return true
}

func (r *relay) remove(i int) {
	r.waiting[i].from.waiting--
	r.waiting = slices.Delete(r.waiting, i, i+1)
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
		for last := min(len(b.to), b.next+turn); b.next < last; b.next++ {
			r.deliver(b, b.to[b.next])
		}
	}
}

// pull is the broadcast to go on with; nil at the end.
func (r *relay) pull() *broadcast {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = slices.DeleteFunc(r.waiting, func(b *broadcast) bool {
		over := b.next == len(b.to)
		if over {
			b.from.waiting--
		}
		return over
	})
	for len(r.waiting) == 0 && r.end.IsZero() {
		r.news.Wait()
	}
	if len(r.waiting) == 0 || !r.end.IsZero() && time.Now().After(r.end) {
		return nil
	}
	if r.turns++; r.turns%juniority == 0 {
		return r.waiting[0]
	}
	return slices.MinFunc(r.waiting, func(a, b *broadcast) int { return a.from.number - b.from.number })
}

func (r *relay) deliver(b *broadcast, m *member) {
	if m == b.from || m.gone.Load() {
		return
	}
	peer := m.origin.Load()
	if !m.allowance.Load().take(b.rank, len(b.data), r.limits, time.Now()) {
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
