// Package ping is the program `ping HOST`: it sends ICMP echo requests (RFC 792) and
// says who answered, after how long, with what TTL, and what went wrong by name.
//
//	ping bob --count 3
//	{"event":"reply","time":"…","seq":1,"from":"10.1.0.3","ttl":64,"rtt":0.000213}
//	…
//	{"event":"result","time":"…","sent":3,"received":3,"lost":0,…,"error":""}
//
// It needs no privileges: it uses Linux's ICMP datagram sockets (icmp(7), open to the groups
// in net.ipv4.ping_group_range), and a raw socket only where those are closed to it.
package ping

import (
	"context"
	"net/netip"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
)

// Program describes `ping`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "ping", Summary: "sends ICMP echo requests and says who answers",
		Forms: []nodes.Form{{
			Args:   []nodes.Arg{{Name: "HOST", Type: nodes.Host, Help: "whom to ask; with --broadcast a broadcast address"}},
			Flags:  flags(),
			Events: events(),
			Result: result(),
			Run:    run,
		}},
	}
}

func flags() []nodes.Flag {
	return []nodes.Flag{
		{Name: "count", Type: nodes.Int, Default: "5", Min: "1", Max: "65535", Help: "how many requests"},
		{Name: "interval", Type: nodes.Duration, Default: "200ms", Help: "from one request to the next"},
		{Name: "size", Type: nodes.Size, Default: "56", Max: "65507", Help: "data bytes in each request, without 8 of ICMP and 20 of IP"},
		{Name: "ttl", Type: nodes.Int, Default: "64", Min: "1", Max: "255", Help: "hop limit of the requests"},
		{Name: "timeout", Type: nodes.Duration, Default: "1s", Help: "wait for answers after the last request"},
		{Name: "wait-error", Type: nodes.Duration, Default: "4s", Help: "wait instead while nothing at all has come back: unanswered ARP is told after 3s; meanwhile requests that are not counted ask for an error"},
		{Name: "broadcast", Type: nodes.Bool, Help: "allow a broadcast address, and wait for more than one answer"},
	}
}

func events() []nodes.Kind {
	return []nodes.Kind{
		{Event: "reply", Help: "a reply came", Fields: []nodes.Field{
			{Name: "seq", Type: nodes.Int, Help: "the request's number, from 1"},
			{Name: "from", Type: nodes.Text, Help: "address that answered"},
			{Name: "ttl", Type: nodes.Int, Help: "hop limit as it arrived"},
			{Name: "rtt", Type: nodes.Duration, Help: "round-trip time"},
			{Name: "duplicate", Type: nodes.Bool, Help: "the same address had answered this request before"},
		}},
		{Event: "unreachable", Help: "instead of a reply came an ICMP error, or this node could not send", Fields: []nodes.Field{
			{Name: "seq", Type: nodes.Int, Help: "the request's number, from 1"},
			{Name: "from", Type: nodes.Text, Help: `address that says so; "" for this node itself`},
			{Name: "word", Type: nodes.Text, Help: "what it says"},
		}},
	}
}

func result() []nodes.Field {
	return []nodes.Field{
		{Name: "sent", Type: nodes.Int, Help: "requests sent, also those that this node could not get out"},
		{Name: "received", Type: nodes.Int, Help: "requests that were answered"},
		{Name: "lost", Type: nodes.Int, Help: "sent - received"},
		{Name: "loss", Type: nodes.Ratio, Help: "lost / sent"},
		{Name: "duplicates", Type: nodes.Int, Help: "further replies of the same address to the same request"},
		{Name: "ttl", Type: nodes.Int, Help: "hop limit of the replies as they arrived, the lowest if they differ; 0 without any"},
		{Name: "ttls", Type: nodes.Ints, Help: "all different hop limits, in order of arrival"},
		{Name: "rtt", Type: nodes.Object, Help: "round-trip times", Fields: []nodes.Field{
			{Name: "min", Type: nodes.Duration, Help: "shortest"},
			{Name: "avg", Type: nodes.Duration, Help: "mean"},
			{Name: "max", Type: nodes.Duration, Help: "longest"},
			{Name: "stddev", Type: nodes.Duration, Help: "standard deviation"},
		}},
		{Name: "from", Type: nodes.Texts, Help: "addresses that answered, in order of arrival"},
		{Name: "answers", Type: nodes.Objects, Help: "who answered, one by one, in order of their addresses: with --broadcast each receiver", Fields: []nodes.Field{
			{Name: "from", Type: nodes.Text, Help: "address that answered"},
			{Name: "received", Type: nodes.Int, Help: "requests that it answered"},
			{Name: "missing", Type: nodes.Ints, Help: "numbers of the requests that it did not answer, from 1"},
		}},
		{Name: "unreachable_from", Type: nodes.Text, Help: `node that sent the first ICMP error, by name where the hosts file has one; "" for this node itself`},
	}
}

// options are what the command line says.
type options struct {
	to        netip.Addr
	count     int
	interval  time.Duration
	size      int // of the data, bytes
	ttl       int
	timeout   time.Duration
	waitError time.Duration
	broadcast bool
}

func run(ctx context.Context, call *nodes.Call) error {
	to, err := lookup.Addr(call.Arg("HOST"))
	if err != nil {
		return err
	}
	o := options{
		to:        to,
		count:     call.Int("count"),
		interval:  call.Duration("interval"),
		size:      int(call.Size("size")),
		ttl:       call.Int("ttl"),
		timeout:   call.Duration("timeout"),
		waitError: call.Duration("wait-error"),
		broadcast: call.Bool("broadcast"),
	}
	t := tally{call: call}
	err = o.exchange(ctx, &t)
	call.Result(t.values())
	if err != nil {
		return err
	}
	return t.err(ctx, call.Arg("HOST"))
}

// pattern is the data of every request, so that a changed reply is noticed.
func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}
