package ping

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"time"

	"netsim/nodes"
	"netsim/nodes/icmp"
)

// exchange is a run on the wire.
//
//	request 1   request 2   …   request n        answers may come until
//	├─interval──┼───────────────┤── timeout ──┤  here, once anything has come
//	                            ├── wait-error ──────────┤  here, while nothing has
//	                                  knock    knock
//
// A Linux router tells each sender of no more than about one unreachable network a second
// (net/ipv4/route.c, ip_error), so all requests may have been dropped in silence. While
// nothing comes back, further requests ask why. They count neither as sent nor, if
// answered, as received; only an error that they meet counts. They have a socket and so an
// identifier of their own: whoever counts a flow's packets on the way counts the requests.
type exchange struct {
	options
	*tally
	*socket
	data []byte
	own  []net.Addr
	last time.Time // when the last request was sent

	knocks  int
	knocker *socket // nil before the first knock
}

// knocking is the time between knocks: longer than a router's second.
const knocking = 1100 * time.Millisecond

// linger is how long a finished run still listens: a duplicate follows its original
// closely.
const linger = 10 * time.Millisecond

// exchange sends the requests and keeps the tally of what comes back, until all are
// settled, time is over, or the context ends.
func (o options) exchange(ctx context.Context, t *tally) error {
	s, err := open(o)
	if err != nil {
		return err
	}
	x := &exchange{options: o, tally: t, socket: s, data: pattern(o.size)}
	defer x.close()
	x.own, err = net.InterfaceAddrs()
	if err != nil {
		return err
	}
	start := time.Now()
	for ctx.Err() == nil && !x.over(time.Now()) {
		send, at := x.next(start)
		if !time.Now().Before(at) {
			send()
			continue
		}
		icmp.Await(ctx, at, x.descriptors()...)
		x.drain()
	}
	icmp.Await(ctx, time.Now().Add(linger), x.descriptors()...)
	x.drain()
	return nil
}

func (x *exchange) close() {
	_ = x.socket.Close()
	if x.knocker != nil {
		_ = x.knocker.Close()
	}
}

func (x *exchange) descriptors() []int {
	if x.knocker == nil {
		return []int{x.fd}
	}
	return []int{x.fd, x.knocker.fd}
}

// over says that there is nothing more to wait for. Nobody knows how many answer a
// broadcast.
func (x *exchange) over(now time.Time) bool {
	if len(x.requests) < x.count {
		return false
	}
	if x.settled == x.count && (!x.broadcast || x.answered == 0) {
		return true
	}
	return now.After(x.deadline())
}

// next is what to do next, and when.
func (x *exchange) next(start time.Time) (do func(), at time.Time) {
	if sent := len(x.requests); sent < x.count {
		return x.request, start.Add(time.Duration(sent) * x.interval)
	}
	at = x.last.Add(time.Duration(x.knocks+1) * knocking)
	if end := x.deadline(); !x.quiet() || at.After(end) {
		return func() {}, end
	}
	return x.knock, at
}

func (x *exchange) knock() {
	x.knocks++
	if x.knocker == nil {
		s, err := open(x.options)
		if err != nil {
			return // the requests may yet hear why themselves
		}
		s.id = x.id + 1 // a raw socket's; the kernel sees to it otherwise
		x.knocker = s
	}
	_ = x.knocker.send(uint16(x.knocks), x.to, x.data) // its errors are in the queue
}

func (x *exchange) deadline() time.Time {
	if x.quiet() {
		return x.last.Add(max(x.timeout, x.waitError))
	}
	return x.last.Add(x.timeout)
}

// request sends the next request. A failing send may only be telling of an older request's
// error, so the error queue is emptied and the request sent again.
func (x *exchange) request() {
	const attempts = 3
	x.last = time.Now()
	seq := x.tally.send(x.last)
	var err error
	for range attempts {
		if err = x.socket.send(uint16(seq), x.to, x.data); err == nil {
			return
		}
		if !x.drain() {
			break
		}
	}
	x.fail(seq, netip.Addr{}, nodes.WordOf(err))
}

// drain reads all that has come, and says whether that was anything.
func (x *exchange) drain() (any bool) {
	for {
		e, r, ok := x.receive()
		if !ok {
			break
		}
		any = true
		x.answer(e, r)
	}
	any = x.errors(x.socket, func(e icmp.Echo) int { return int(e.Seq) }) || any
	if x.knocker == nil {
		return any
	}
	for ok := true; ok; {
		_, _, ok = x.knocker.receive() // an answer to a knock is none to a request
	}
	return x.errors(x.knocker, func(icmp.Echo) int { return len(x.requests) }) || any
}

// errors empties a socket's error queue, and says whether anything was in it. about is the
// request that an error for a message is held against: that of a knock is about the last.
func (x *exchange) errors(s *socket, about func(icmp.Echo) int) (any bool) {
	for {
		r, ok := icmp.ReadReport(s.fd)
		if !ok {
			return any
		}
		any = true
		e, err := icmp.ParseEchoHeader(r.Packet)
		if err == nil && !r.Local && s.mine(e) {
			x.fail(about(e), x.foreign(r.Offender), r.Word())
		}
	}
}

// answer notes a reply. Its round-trip time ends when the kernel took it in, unless the
// clock was set in between.
func (x *exchange) answer(e icmp.Echo, r received) {
	q := x.tally.request(int(e.Seq))
	if q == nil {
		return
	}
	if !bytes.Equal(e.Data, x.data) {
		x.fail(int(e.Seq), r.from, nodes.Corrupted)
		return
	}
	rtt := time.Since(q.at)
	if exact := r.at.Sub(q.at.Round(0)); !r.at.IsZero() && exact > 0 && exact < rtt {
		rtt = exact
	}
	x.tally.reply(reply{seq: int(e.Seq), from: r.from, ttl: r.ttl, rtt: rtt})
}

// foreign is the address if it is another node's: a kernel whose ARP nobody answers sends
// the error to itself.
func (x *exchange) foreign(a netip.Addr) netip.Addr {
	for _, own := range x.own {
		if p, err := netip.ParsePrefix(own.String()); err == nil && p.Addr() == a {
			return netip.Addr{}
		}
	}
	return a
}
