// Package broadcast is the program `broadcast`: it sends one text to everybody on a
// segment (RFC 919).
//
//	broadcast hello                  to 255.255.255.255, out of every interface
//	broadcast hello --to 10.1.0.255  to all of the subnet 10.1.0.0/24
//
// Neither gets past a router: 255.255.255.255 is never forwarded, and what is sent to the
// broadcast address of another subnet ends at its router, which hears it (RFC 2644).
package broadcast

import (
	"context"
	"net"
	"net/netip"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

// Program describes `broadcast`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "broadcast", Summary: "sends a text to everybody on the segment",
		Forms: []nodes.Form{{
			Summary: "sends over UDP and waits for no answer; listen udp shows what arrives",
			Args:    []nodes.Arg{{Name: "TEXT", Type: nodes.Text, Help: "what to send"}},
			Flags: []nodes.Flag{
				{Name: "port", Type: nodes.Int, Default: datagram.CastPort, Min: "1", Max: "65535", Help: "UDP port of those who listen"},
				{Name: "to", Type: nodes.Text, Default: everybody, Help: "the broadcast address: this one is of the segment, whatever its subnet; a subnet has its own, such as 10.1.0.255"},
				{Name: "interface", Type: nodes.Text, Help: "out of this one; else to " + everybody + " out of every one that is up and can broadcast, to others by the routing table"},
				{Name: "count", Type: nodes.Int, Default: "1", Min: "1", Max: "100000", Help: "send it so many times"},
				{Name: "interval", Type: nodes.Duration, Default: "1s", Min: "1ms", Help: "from one time to the next"},
			},
			Notes: []string{
				"A node that listens hears its own broadcasts, too.",
				"An address that is no broadcast address of a network of this node is refused. Of other networks nobody here can tell, and that is logged.",
			},
			Result: []nodes.Field{
				{Name: "sent", Type: nodes.Int, Help: "datagrams that left, counted on each interface"},
				{Name: "to", Type: nodes.Text, Help: "the address that they were sent to"},
				{Name: "interfaces", Type: nodes.Texts, Help: "that they were to leave by; empty where the routing table chose"},
			},
			Run: run,
		}},
	}
}

// everybody is the limited broadcast address (RFC 919, section 7).
const everybody = "255.255.255.255"

func run(ctx context.Context, call *nodes.Call) error {
	to, known, err := destination(call.Text("to"), attached())
	if err != nil {
		return err
	}
	if !known {
		call.Logf("%s: this node is in no such network; nobody here can tell whether it is a broadcast address", to)
	}
	text := call.Arg("TEXT")
	if len(text) > datagram.MaxSize {
		return nodes.Failf(nodes.TooBig, "%d bytes; a datagram carries at most %d", len(text), datagram.MaxSize)
	}
	var ways []net.Interface
	if to.String() == everybody || call.Has("interface") {
		if ways, err = datagram.Interfaces(net.FlagBroadcast, call.Text("interface")); err != nil {
			return err
		}
	}
	s, err := datagram.Listen(0) // the runtime sets SO_BROADCAST on every UDP socket
	if err != nil {
		return err
	}
	defer s.Close()
	rounds := datagram.Rounds{
		Text: []byte(text), To: netip.AddrPortFrom(to, uint16(call.Int("port"))), Via: ways,
		Count: call.Int("count"), Every: call.Duration("interval"),
	}
	sent, err := rounds.Send(ctx, s, func(i net.Interface, err error) { call.Logf("not sent to %s %s: %v", to, i.Name, err) })
	call.Result(nodes.Values{"sent": sent, "to": to, "interfaces": datagram.Names(ways)})
	return err
}
