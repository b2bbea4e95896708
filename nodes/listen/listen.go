// Package listen is the program `listen`: it shows the datagrams that arrive at a port, who
// sent each, and to whom: to this node alone, to everybody, or to a group.
//
//	listen udp
//	{"event":"ready",…,"port":5007,…}
//	{"event":"message",…,"from":"10.1.0.2","port":40001,"kind":"broadcast","to":"255.255.255.255","text":"hello",…}
//
// With --group it is a member of a multicast group while it runs, and hears that alone.
package listen

import (
	"fmt"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

// Program describes `listen`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "listen", Summary: "shows what arrives, from whom, and to whom it was sent",
		Forms: []nodes.Form{{
			Words: "udp", Server: true,
			Summary: "shows UDP datagrams and answers none",
			Flags: []nodes.Flag{
				{Name: "port", Type: nodes.Int, Default: datagram.CastPort, Max: "65535", Help: "UDP port; 0 for any free one"},
				{Name: "group", Type: nodes.Text, Help: "join this multicast group and hear it alone, such as " + datagram.CastGroup + ", which multicast sends to"},
				{Name: "interface", Type: nodes.Text, Help: "hear what comes in by this one alone, and join there; else every one"},
				{Name: "count", Type: nodes.Int, Default: "0", Help: "end after so many messages; 0 for no end"},
				{Name: "for", Type: nodes.Duration, Default: "0s", Help: "end after this long; 0s for no end"},
				{Name: "limit", Type: nodes.Int, Default: "10000", Max: "1000000", Help: "tell of so many messages, and count the others"},
			},
			Notes: []string{
				"With --group other programs of the node may listen on the port, if they listen to a group, too; each gets its own copy.",
				"Without it the node's groups are not heard: who wants a group joins it.",
			},
			Ready: []nodes.Field{
				{Name: "port", Type: nodes.Int, Help: "where it listens"},
				{Name: "group", Type: nodes.Text, Help: `the group that it has joined, or ""`},
				{Name: "interfaces", Type: nodes.Texts, Help: "where it has joined; empty without a group"},
			},
			Events: []nodes.Kind{{Event: "message", Help: "a datagram has arrived", Fields: messageFields(), Text: sentence}},
			Result: []nodes.Field{
				{Name: "messages", Type: nodes.Int, Help: "datagrams heard"},
				{Name: "bytes", Type: nodes.Size, Help: "in them"},
				{Name: "withheld", Type: nodes.Int, Help: "of them, those beyond --limit, which no event tells of"},
				{Name: "cut", Type: nodes.Int, Help: "of them, those whose text was cut"},
				{Name: "ignored", Type: nodes.Int, Help: "datagrams to others than the group, or by other interfaces"},
				{Name: "missed", Type: nodes.Int, Help: "datagrams that the kernel had no room for, up to the last one heard"},
			},
			Run: run,
		}},
	}
}

// longestText is how much of a datagram an event tells, in bytes.
const longestText = 4 << 10

func messageFields() []nodes.Field {
	return []nodes.Field{
		{Name: "from", Type: nodes.Text, Help: "the sender's address"},
		{Name: "port", Type: nodes.Int, Help: "the sender's port"},
		{Name: "kind", Type: nodes.Text, Help: `whom it was sent to: unicast, broadcast, multicast; "" where the system does not tell`},
		{Name: "to", Type: nodes.Text, Help: "the address that it was sent to"},
		{Name: "interface", Type: nodes.Text, Help: "that it came in by"},
		{Name: "text", Type: nodes.Text, Help: "what it says, up to 4 KiB of it"},
		{Name: "bytes", Type: nodes.Size, Help: "its length"},
	}
}

// sentence is a message as people read it.
func sentence(v nodes.Values) string {
	to := fmt.Sprint(v["to"])
	if kind := fmt.Sprint(v["kind"]); kind != string(datagram.Unicast) && kind != "" {
		to = kind + " " + to
	}
	return fmt.Sprintf("%v to %s: %v", v["from"], to, v["text"])
}
