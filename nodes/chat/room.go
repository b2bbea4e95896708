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
	silent     int // datagrams of a KiB to a member, until something comes from it
}

// member is one of a room. What the sender of datagrams needs of it is safe for concurrent
// use; the rest is the room's.
type member struct {
	number int // in the order in which they joined
	name   string
	from   *origin
	heard  time.Time
	spoke  bool
	tokens *rate.Limiter // of what it may say
	outlet *datagram.Outlet

	waiting int // broadcasts; the relay's

	origin    atomic.Pointer[datagram.Origin] // where it is, and how to answer it
	allowance atomic.Pointer[allowance]
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
	open    func(netip.Addr) (*datagram.Outlet, error) // the way to an address
	byPeer  map[netip.AddrPort]*member
	at      map[netip.Addr]*origin
	joins   *rate.Limiter
	all     []*member // in the order in which they joined; replaced, never changed

	joined, left, most, messages int
}

func newRoom(l limits, d *dropped, open func(netip.Addr) (*datagram.Outlet, error)) *room {
	return &room{
		limits: l, dropped: d, open: open,
		byPeer: map[netip.AddrPort]*member{}, at: map[netip.Addr]*origin{}, joins: rate.NewLimiter(joinsOfAll, 2*l.members),
	}
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
	r.hear(m, o, now)
	switch {
	case len(b) == 0:
		return news{}
	case isFarewell(string(b), m.name):
		return r.dismiss(m, "exit")
	case !m.tokens.AllowN(now, 1) || !m.from.messages.AllowN(now, 1):
		r.dropped.add(hasty, o.From.Addr())
		return news{}
	}
	return r.say(m, b)
}

// hear notes that something came from a member.
func (r *room) hear(m *member, o datagram.Origin, now time.Time) {
	m.origin.Store(&o)
	m.heard = now
	m.allowance.Store(&allowance{})
}

// peer is where a member is.
func (m *member) peer() netip.AddrPort { return m.origin.Load().From }

// admit lets a stranger in, by its first datagram.
func (r *room) admit(o datagram.Origin, b []byte, now time.Time) news {
	name, isCut, ok := nameOf(b)
	a := o.From.Addr()
	if ok && len(r.byPeer) >= r.members { // the cheapest: a flood comes here
		r.dropped.add(full, a)
		return news{}
	}
	from := r.originOf(a)
	if why := r.refusal(ok, from, now); why != (reason{}) {
		r.dropped.add(why, a)
		return news{}
	}
	outlet, err := r.open(a)
	if err != nil {
		r.dropped.add(exhausted, a)
		return news{}
	}
	if isCut {
		r.dropped.add(cut, a)
	}
	r.joined++
	m := &member{number: r.joined, name: name, from: from, outlet: outlet, tokens: rate.NewLimiter(rate.Limit(r.rate), r.burst)}
	r.hear(m, o, now)
	r.byPeer[o.From], r.at[a] = m, from
	from.members++
	from.last = now
	r.all = append(slices.Clone(r.all), m)
	r.most = max(r.most, len(r.all))
	return news{event: "joined", member: m, out: []byte(name + hasJoined)}
}

// refusal is why a stranger is not let in; the zero reason when it is.
func (r *room) refusal(hasName bool, from *origin, now time.Time) reason {
	switch {
	case !hasName:
		return nameless
	case from.members >= r.perAddress:
		return crowded
	case !from.joins.AllowN(now, 1) || !r.joins.AllowN(now, 1):
		return hasty
	}
	return reason{}
}

// say is what a member says.
func (r *room) say(m *member, b []byte) news {
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
	m.from.members--
	r.all = slices.DeleteFunc(slices.Clone(r.all), func(x *member) bool { return x == m })
	m.gone.Store(true)
	r.left++
	return news{event: "left", member: m, reason: reason, out: []byte(m.name + hasLeft)}
}

// expire dismisses those who have been silent for too long.
func (r *room) expire(now time.Time) (all []news) {
	r.forget(now)
	for _, m := range r.all {
		if now.Sub(m.heard) >= r.idle {
			all = append(all, r.dismiss(m, "idle"))
		}
	}
	return all
}

// rank is how many members joined before one that is, or just was, among them.
func (r *room) rank(m *member) int {
	i, _ := slices.BinarySearchFunc(r.all, m.number, func(x *member, number int) int { return x.number - number })
	return i
}

// unreachable dismisses a member whose port has nobody. A host or a network that cannot be reached may
// be so for a moment only; but one that has never spoken is nobody's loss. What else ICMP says means
// something else.
func (r *room) unreachable(u datagram.Unreachable) news {
	m := r.byPeer[u.Peer]
	lost := u.Word == nodes.HostUnreachable || u.Word == nodes.NetworkUnreachable
	if m == nil || u.Word != nodes.Refused && (m.spoke || !lost) {
		return news{}
	}
	return r.dismiss(m, "unreachable")
}
