// Package trace is the program `trace HOST`: it names the nodes on the way to a host.
//
// It sends UDP datagrams to ports where nobody listens, with a TTL of 1, 2, 3 …: the
// router at which the TTL runs out says so (ICMP time exceeded), and the host itself says
// that its port is unreachable (RFC 792). The kernel hands these messages to the socket that
// sent the datagram, so no privileges are needed.
//
//	alice ──office── gw ──workshop── carol
//	TTL 1 ──────────► time exceeded
//	TTL 2 ─────────────────────────► port unreachable      path ["gw","carol"]
package trace

import (
	"context"
	"net/netip"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
)

// Program describes `trace`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "trace", Summary: "names the nodes on the way to a host",
		Forms: []nodes.Form{{
			Args: []nodes.Arg{{Name: "HOST", Type: nodes.Host, Help: "where the way leads"}},
			Flags: []nodes.Flag{
				{Name: "max", Type: nodes.Int, Default: "30", Min: "1", Max: "255", Help: "how many hops at most"},
				{Name: "timeout", Type: nodes.Duration, Default: "1s", Min: "1ms", Help: "wait for the answer to one datagram"},
				{Name: "queries", Type: nodes.Int, Default: "2", Min: "1", Max: "10", Help: "datagrams for a hop that does not answer"},
				{Name: "silent", Type: nodes.Int, Default: "3", Min: "1", Max: "255", Help: "give up after this many hops in a row that do not answer"},
			},
			Events: []nodes.Kind{{Event: "hop", Help: "one more hop is known, or known to be silent", Fields: []nodes.Field{
				{Name: "ttl", Type: nodes.Int, Help: "how far away it is, from 1"},
				{Name: "name", Type: nodes.Text, Help: `name or address; "*" when it does not answer`},
				{Name: "address", Type: nodes.Text, Help: `address that it answers from; "" when it does not`},
				{Name: "rtt", Type: nodes.Duration, Help: "round-trip time"},
			}}},
			Result: []nodes.Field{
				{Name: "path", Type: nodes.Texts, Help: `names of the nodes on the way, the host itself last; addresses where the hosts file has no name, "*" for a node that does not answer`},
				{Name: "addresses", Type: nodes.Texts, Help: `their addresses; "*" likewise`},
				{Name: "hops", Type: nodes.Int, Help: "how many these are"},
				{Name: "reached", Type: nodes.Bool, Help: "the last one is the host itself"},
			},
			Run: run,
		}},
	}
}

// options are what the command line says.
type options struct {
	to      netip.Addr
	most    int // hops
	timeout time.Duration
	queries int
	silent  int // hops in a row
}

func run(ctx context.Context, call *nodes.Call) error {
	to, err := lookup.Addr(call.Arg("HOST"))
	if err != nil {
		return err
	}
	o := options{
		to:      to,
		most:    call.Int("max"),
		timeout: call.Duration("timeout"),
		queries: call.Int("queries"),
		silent:  call.Int("silent"),
	}
	w := &way{name: lookup.Name}
	err = o.walk(ctx, w, func(h hop) {
		call.Event("hop", nodes.Values{"ttl": h.ttl, "name": w.nameOf(h), "address": h.from, "rtt": h.rtt})
	})
	call.Result(w.values())
	if err != nil {
		return err
	}
	return w.err(call.Arg("HOST"))
}
