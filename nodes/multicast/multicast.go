// Package multicast is the program `multicast`: it sends one text to the members of a
// group (RFC 1112).
//
//	multicast hello --group 239.1.1.1
//
// A sender is no member and says nothing by IGMP: that is what `listen udp --group` does. With
// a TTL of 1 no router passes it on; with a greater one those do that route multicasts, and
// no node of netsim does.
package multicast

import (
	"context"
	"net"
	"net/netip"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

// Program describes `multicast`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "multicast", Summary: "sends a text to the members of a multicast group",
		Forms: []nodes.Form{{
			Summary: "sends over UDP and waits for no answer; listen udp --group shows what arrives",
			Args:    []nodes.Arg{{Name: "TEXT", Type: nodes.Text, Help: "what to send"}},
			Flags: []nodes.Flag{
				{Name: "group", Type: nodes.Text, Default: datagram.CastGroup, Help: "the group's address, from 224.0.0.0 to 239.255.255.255"},
				{Name: "port", Type: nodes.Int, Default: datagram.CastPort, Min: "1", Max: "65535", Help: "UDP port of those who listen"},
				{Name: "ttl", Type: nodes.Int, Default: "1", Max: "255", Help: "hop limit: 1 stays on the segment, 0 on this node"},
				{Name: "interface", Type: nodes.Text, Help: "out of this one; else out of every one that is up and can multicast"},
				{Name: "no-loop", Type: nodes.Bool, Help: "members on this very node do not hear it"},
				{Name: "count", Type: nodes.Int, Default: "1", Min: "1", Max: "100000", Help: "send it so many times"},
				{Name: "interval", Type: nodes.Duration, Default: "1s", Min: "1ms", Help: "from one time to the next"},
			},
			Result: []nodes.Field{
				{Name: "sent", Type: nodes.Int, Help: "datagrams that left, counted on each interface"},
				{Name: "group", Type: nodes.Text, Help: "the address that they were sent to"},
				{Name: "interfaces", Type: nodes.Texts, Help: "that they were to leave by"},
			},
			Run: run,
		}},
	}
}

func run(ctx context.Context, call *nodes.Call) error {
	group, err := datagram.Group(call.Text("group"), "multicast: --group")
	if err != nil {
		return err
	}
	text := call.Arg("TEXT")
	if len(text) > datagram.MaxSize {
		return nodes.Failf(nodes.TooBig, "%d bytes; a datagram carries at most %d", len(text), datagram.MaxSize)
	}
	ways, err := datagram.Interfaces(net.FlagMulticast, call.Text("interface"))
	if err != nil {
		return err
	}
	s, err := datagram.Listen(0)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Multicasts(call.Int("ttl"), !call.Bool("no-loop")); err != nil {
		return err
	}
	rounds := datagram.Rounds{
		Text: []byte(text), To: netip.AddrPortFrom(group, uint16(call.Int("port"))), Via: ways,
		Count: call.Int("count"), Every: call.Duration("interval"),
	}
	sent, err := rounds.Send(ctx, s, func(i net.Interface, err error) { call.Logf("not sent to %s %s: %v", group, i.Name, err) })
	call.Result(nodes.Values{"sent": sent, "group": group, "interfaces": datagram.Names(ways)})
	return err
}
