package trace

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes"
	"netsim/nodes/icmp"
)

// firstPort is where traceroute traditionally begins; each datagram goes to a port of
// its own, by which its answer is told from others.
const firstPort = 33434

// walker sends the datagrams.
type walker struct {
	options
	fd      int
	own     []net.Addr
	probes  []probe // [port-firstPort]
	answers []answer
}

type probe struct {
	ttl int
	at  time.Time
}

// walk goes the way hop by hop. passed is told of each hop as it becomes known.
func (o options) walk(ctx context.Context, w *way, passed func(hop)) error {
	x := &walker{options: o}
	if err := x.open(); err != nil {
		return err
	}
	defer unix.Close(x.fd)
	for ttl := 1; ttl <= o.most; ttl++ {
		a, err := x.ask(ctx, ttl)
		if err != nil {
			return err
		}
		if a.ends() && a.word != nodes.Timeout {
			w.end(a)
			if !a.own {
				passed(a.hop)
			}
			return nil
		}
		w.pass(a.hop)
		passed(a.hop)
		if w.silent() >= o.silent {
			w.giveUp(nodes.Timeout)
			return nil
		}
	}
	w.giveUp(nodes.TTLExceeded)
	return nil
}

func (x *walker) open() (err error) {
	if x.own, err = net.InterfaceAddrs(); err != nil {
		return err
	}
	if x.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return err
	}
	if err = icmp.WatchErrors(x.fd); err != nil {
		return errors.Join(err, unix.Close(x.fd))
	}
	return nil
}

// ask sends datagrams with one TTL until one is answered, or an answer to an earlier one
// ends the way. An answer with the word Timeout is silence.
func (x *walker) ask(ctx context.Context, ttl int) (answer, error) {
	for range x.queries {
		if err := x.send(ttl); err != nil {
			return answer{hop: hop{ttl: ttl}, word: nodes.WordOf(err), own: true}, nil
		}
		for until := time.Now().Add(x.timeout); time.Now().Before(until); {
			icmp.Await(ctx, until, x.fd)
			if err := ctx.Err(); err != nil {
				return answer{}, nodes.Failf(nodes.Failed, "interrupted at hop %d", ttl)
			}
			x.drain()
			if a, ok := x.pick(ttl); ok {
				return a, nil
			}
		}
	}
	return answer{hop: hop{ttl: ttl}, word: nodes.Timeout}, nil
}

// pick chooses among the answers so far: one that ends the way, whichever TTL it is for, or
// the first for this TTL.
func (x *walker) pick(ttl int) (answer, bool) {
	for _, a := range x.answers {
		if a.ends() {
			return a, true
		}
	}
	for _, a := range x.answers {
		if a.ttl == ttl {
			return a, true
		}
	}
	return answer{}, false
}

// send sends one datagram. A failing send may only be telling of an older datagram's
// error, so the error queue is emptied and the datagram sent again.
func (x *walker) send(ttl int) error {
	if err := unix.SetsockoptInt(x.fd, unix.IPPROTO_IP, unix.IP_TTL, ttl); err != nil {
		return err
	}
	port := firstPort + len(x.probes)
	x.probes = append(x.probes, probe{ttl: ttl, at: time.Now()})
	to := &unix.SockaddrInet4{Addr: x.to.As4(), Port: port}
	err := unix.Sendto(x.fd, []byte("netsim trace"), 0, to)
	for err != nil && x.drain() {
		err = unix.Sendto(x.fd, []byte("netsim trace"), 0, to)
	}
	return err
}

// drain collects the answers that have come, and says whether there were any.
func (x *walker) drain() (any bool) {
	for {
		r, ok := icmp.ReadReport(x.fd)
		if !ok {
			break
		}
		any = true
		if p := x.probe(r.To); p != nil && !r.Local {
			arrived := r.Type == icmp.Unreachable && r.Word() == nodes.Refused
			x.answers = append(x.answers, answer{
				hop: hop{p.ttl, r.Offender, time.Since(p.at)}, arrived: arrived, word: r.Word(),
				own: !arrived && x.isOwn(r.Offender),
			})
		}
	}
	return x.datagrams() || any
}

// datagrams takes what programs at the host answer that do listen on such a port.
func (x *walker) datagrams() (any bool) {
	b := make([]byte, 1)
	for {
		_, from, err := unix.Recvfrom(x.fd, b, unix.MSG_DONTWAIT)
		sender, ok := from.(*unix.SockaddrInet4)
		if err != nil || !ok {
			return any
		}
		any = true
		a := netip.AddrPortFrom(netip.AddrFrom4(sender.Addr), uint16(sender.Port))
		if p := x.probe(a); p != nil {
			x.answers = append(x.answers, answer{hop: hop{p.ttl, a.Addr(), time.Since(p.at)}, arrived: true})
		}
	}
}

// probe is the datagram that went to an address and port, or nil.
func (x *walker) probe(to netip.AddrPort) *probe {
	i := int(to.Port()) - firstPort
	if to.Addr() != x.to || i < 0 || i >= len(x.probes) {
		return nil
	}
	return &x.probes[i]
}

func (x *walker) isOwn(a netip.Addr) bool {
	for _, own := range x.own {
		if p, err := netip.ParsePrefix(own.String()); err == nil && p.Addr() == a {
			return true
		}
	}
	return false
}
