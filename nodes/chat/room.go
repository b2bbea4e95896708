package chat

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/datagram"
)

// limits bound a room.
type limits struct {
	members    int
	perAddress int
	idle       time.Duration
	rate       int // messages a second of a member
	burst      int
	silent     int // datagrams and KiB to a member, until something comes from it
}

// member is one of a room. What the sender of datagrams needs of it is safe for concurrent
// use; the rest is the room's.
type member struct {
	name   string
	origin atomic.Pointer[datagram.Origin] // where it is, and how to answer it
	joined time.Time
	heard  time.Time
	spoke  bool
	outlet *datagram.Outlet // set before anything is sent
	tokens *rate.Limiter

	owed      [2]atomic.Int64 // datagrams sent since it was heard: urgent ones, and others
	owedBytes [2]atomic.Int64
	waiting   atomic.Int64 // of its broadcasts, among those that are not urgent
	gone      atomic.Bool
}

// news is what a datagram, or time, does to a room.
type news struct {
	event  string // joined, message, left; "" when nothing has happened
	member *member
	text   string // of a message, without the name before it
	reason string // of who left
	out    []byte // what all others are to be sent
}

// room is the members and the rules. It knows no socket, and time is an argument. It is for
// one goroutine at a time.
type room struct {
	limits
	dropped *dropped
	byPeer  map[netip.AddrPort]*member
	at      map[netip.Addr]int // members from that address
	all     []*member          // in the order in which they joined; replaced, never changed

	joined, left, most, messages int
}

func newRoom(l limits, d *dropped) *room {
	return &room{limits: l, dropped: d, byPeer: map[netip.AddrPort]*member{}, at: map[netip.Addr]int{}}
}

// take is a datagram. b is not kept.
func (r *room) take(o datagram.Origin, b []byte, now time.Time) news {
	m := r.byPeer[o.From]
	switch {
	case !utf8.Valid(b):
		r.dropped.add(garbled, o.From.Addr())
		return news{}
	case m == nil:
		return r.admit(o, b, now)
	}
	m.hear(o, now)
	if len(b) == 0 {
		return news{}
	}
	if !m.tokens.AllowN(now, 1) {
		r.dropped.add(hasty, o.From.Addr())
		return news{}
	}
	return r.say(m, b)
}

// hear notes that something came from a member.
func (m *member) hear(o datagram.Origin, now time.Time) {
	m.origin.Store(&o)
	m.heard = now
	for i := range m.owed {
		m.owed[i].Store(0)
		m.owedBytes[i].Store(0)
	}
}

// peer is where a member is.
func (m *member) peer() netip.AddrPort { return m.origin.Load().From }

// admit lets a stranger in, by its first datagram.
func (r *room) admit(o datagram.Origin, b []byte, now time.Time) news {
	name, isCut, ok := nameOf(b)
	switch a := o.From.Addr(); {
	case !ok:
		r.dropped.add(nameless, a)
		return news{}
	case len(r.byPeer) >= r.members:
		r.dropped.add(full, a)
		return news{}
	case r.at[a] >= r.perAddress:
		r.dropped.add(crowded, a)
		return news{}
	}
	if isCut {
		r.dropped.add(cut, o.From.Addr())
	}
	m := &member{name: name, joined: now, tokens: rate.NewLimiter(rate.Limit(r.rate), r.burst)}
	m.hear(o, now)
	r.byPeer[o.From] = m
	r.at[o.From.Addr()]++
	r.all = append(slices.Clone(r.all), m)
	r.joined++
	r.most = max(r.most, len(r.all))
	return news{event: "joined", member: m, out: []byte(name + hasJoined)}
}

// say is what a member says, its farewell too.
func (r *room) say(m *member, b []byte) news {
	if isFarewell(string(b), m.name) {
		return r.dismiss(m, "exit")
	}
	short := charset.Cut(b, maxMessage)
	if len(short) < len(b) {
		r.dropped.add(cut, m.peer().Addr())
	}
	r.messages++
	m.spoke = true
	_, text := split(string(short), m.name)
	return news{event: "message", member: m, text: text, out: slices.Clone(short)}
}

// dismiss ends a membership.
func (r *room) dismiss(m *member, reason string) news {
	delete(r.byPeer, m.peer())
	a := m.peer().Addr()
	if r.at[a]--; r.at[a] == 0 {
		delete(r.at, a)
	}
	r.all = slices.DeleteFunc(slices.Clone(r.all), func(x *member) bool { return x == m })
	m.gone.Store(true)
	r.left++
	return news{event: "left", member: m, reason: reason, out: []byte(m.name + hasLeft)}
}

// expire dismisses those who have been silent for too long.
func (r *room) expire(now time.Time) (all []news) {
	for _, m := range r.all {
		if now.Sub(m.heard) >= r.idle {
			all = append(all, r.dismiss(m, "idle"))
		}
	}
	return all
}

// unreachable dismisses a member whose port has nobody. A host or a network that cannot be reached may
// be so for a moment only; but one that has never spoken is nobody's loss.
func (r *room) unreachable(u datagram.Unreachable) news {
	m := r.byPeer[u.Peer]
	if m == nil || u.Word != nodes.Refused && m.spoke {
		return news{}
	}
	return r.dismiss(m, "unreachable")
}

// isUrgent says whether a member's broadcasts are sent before those of others. They never overtake
// its own.
func (m *member) isUrgent(now time.Time) bool {
	return now.Sub(m.joined) >= settled && m.waiting.Load() == 0
}

// owes notes a datagram that a member is to be sent; false when it has been sent too much
// without a sign of life. Newcomers' broadcasts have half of the bound, so that they do not use up what the
// others have.
func (m *member) owes(bytes, limit int, urgent bool) bool {
	kind, share := 0, int64(limit)/2
	if !urgent {
		kind = 1
	}
	return m.owed[kind].Add(1) <= share && m.owedBytes[kind].Add(int64(bytes)) <= share<<10
}
