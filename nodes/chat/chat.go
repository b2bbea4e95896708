// Package chat is the program `chat`: a room over UDP as network courses build it, and a
// member of it.
//
//	chat serve
//	chat join 10.1.0.3 --name alice
//
// Datagrams are plain text in UTF-8. The first one from an address and port is the name of
// a new member; what comes later is relayed as it is to every other member, and never back:
//
//	alice ── alice ────────────────► room ── alice 进入聊天室... ──► bob
//	alice ── alice : hello ────────► room ── alice : hello ────────► bob
//	alice ── alice : exit ─────────► room ── alice 离开了聊天室... ─► bob
//
// `exit` in any case, as all that is said, ends the membership. Nothing is acknowledged, and
// a datagram that is lost is lost: when the name is, the first message becomes the name.
//
// Nothing proves who sent a datagram. What a forged source can cause is bounded: members in
// all and from one address, what a member that says nothing is sent, and what each may
// say. Those who joined first are served first.
package chat

import (
	"fmt"
	"strconv"

	"netsim/nodes"
)

// port is the default; from the courses' programs.
const port = "9999"

// Sizes in bytes.
const (
	maxMessage = 8 << 10 // what the room takes of a datagram
	maxText    = 1024    // what a course's client reads of one, and so what our member sends
	maxName    = 64
)

// Program describes `chat`.
func Program() *nodes.Program {
	return &nodes.Program{Name: "chat", Summary: "a chat room over UDP", Forms: []nodes.Form{serveForm(), joinForm()}}
}

func serveForm() nodes.Form {
	return nodes.Form{
		Words: "serve", Server: true, Summary: "keeps the room: relays what each member says to all others",
		Notes: []string{
			"Nothing proves who sent a datagram: whoever can forge a source address can join, speak and leave in its name, and put a member out by forged ICMP. What that can cause is bounded: --members in all, --per-address from one address, and towards each that says nothing --silent datagrams, then " + strconv.Itoa(trickle) + " a second, until it has been silent for --idle.",
			"Members are served in the order in which they joined, so that a crowd of newcomers does not delay those who were there before. Of --silent there is an equal part for what the first member says, the second, the third and fourth, the fifth to eighth, and so on: a crowd uses up its own parts.",
			fmt.Sprintf("All members from one address together may send %d times --rate and %d times --burst; %d may join in a second, %d of them from one address, after twice as many at once as may be members. A member whose port is unreachable has left.", rateOfOne, burstOfOne, joinsOfAll, joinsOfOne),
			"An empty datagram from a member is a sign of life and is not relayed. A datagram that is not UTF-8 is thrown away.",
		},
		Flags: []nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: port, Max: "65535", Help: "UDP port; 0 for any free one"},
			{Name: "idle", Type: nodes.Duration, Default: "10m", Min: "10ms", Help: "a member that is silent for so long has left"},
			{Name: "members", Type: nodes.Int, Default: "300", Min: "1", Max: "10000", Help: "members at the most; others are not let in"},
			{Name: "per-address", Type: nodes.Int, Default: "220", Min: "1", Max: "10000", Help: "members from one address at the most"},
			{Name: "rate", Type: nodes.Int, Default: "100", Min: "1", Max: "100000", Help: "messages a second that a member may send"},
			{Name: "burst", Type: nodes.Int, Default: "2000", Min: "1", Max: "100000", Help: "messages that a member may send at once, before the rate counts"},
			{Name: "silent", Type: nodes.Int, Default: "12000", Min: "32", Max: "100000000", Help: "datagrams (of a KiB; longer ones count more) that a member is sent while nothing comes from it"},
		},
		Ready:  nodes.ListenFields(),
		Events: serveEvents(),
		Result: serveResult(),
		Run:    serve,
	}
}

// memberFields say which member an event is about.
func memberFields(more ...nodes.Field) []nodes.Field {
	return append([]nodes.Field{
		{Name: "name", Type: nodes.Text, Help: "the member's name"},
		{Name: "address", Type: nodes.Text, Help: "its address"},
		{Name: "port", Type: nodes.Int, Help: "its port"},
	}, more...)
}

func serveEvents() []nodes.Kind {
	return []nodes.Kind{
		{Event: "joined", Help: "a member has come", Fields: memberFields(), Text: func(v nodes.Values) string {
			return fmt.Sprintf("%v has joined from %v:%v", v["name"], v["address"], v["port"])
		}},
		{Event: "message", Help: "a member has said something", Fields: []nodes.Field{
			{Name: "from", Type: nodes.Text, Help: "the member's name"},
			{Name: "text", Type: nodes.Text, Help: "what it said: without its name before it, where it has that"},
			{Name: "address", Type: nodes.Text, Help: "the member's address"},
			{Name: "port", Type: nodes.Int, Help: "its port"},
		}, Text: said},
		{Event: "left", Help: "a member has gone", Fields: memberFields(
			nodes.Field{Name: "reason", Type: nodes.Text, Help: "exit (it said so), idle (it was silent) or unreachable"},
		), Text: func(v nodes.Values) string { return fmt.Sprintf("%v has left: %v", v["name"], v["reason"]) }},
		{Event: "dropped", Help: "something was thrown away; told the 1st, 2nd, 4th, 8th, … time", Fields: []nodes.Field{
			{Name: "reason", Type: nodes.Text, Help: "one of the names under dropped in the result"},
			{Name: "count", Type: nodes.Int, Help: "how often by now, for this reason"},
			{Name: "address", Type: nodes.Text, Help: "whose address it was the last time"},
		}},
	}
}

func serveResult() []nodes.Field {
	dropped := make([]nodes.Field, len(reasons))
	for i, r := range reasons {
		dropped[i] = nodes.Field{Name: r.name, Type: nodes.Int, Help: r.help}
	}
	return []nodes.Field{
		{Name: "joined", Type: nodes.Int, Help: "members that came"},
		{Name: "left", Type: nodes.Int, Help: "members that went"},
		{Name: "members", Type: nodes.Int, Help: "members at the end"},
		{Name: "most", Type: nodes.Int, Help: "members at the same time"},
		{Name: "messages", Type: nodes.Int, Help: "messages taken from members"},
		{Name: "sent", Type: nodes.Int, Help: "datagrams sent to members"},
		{Name: "dropped", Type: nodes.Object, Fields: dropped, Help: "datagrams thrown away, by the reason"},
	}
}

func joinForm() nodes.Form {
	return nodes.Form{
		Words: "join", Server: true, Lines: true, Summary: "joins a room, says the lines of standard input, and tells what others say",
		Args: []nodes.Arg{{Name: "HOST", Type: nodes.Host, Help: "where the room is"}},
		Notes: []string{
			"The end of standard input (Ctrl-D), the line exit, and being stopped (Ctrl-C) say exit to the room and end it. The line /help helps.",
			fmt.Sprintf("A line of more than %d bytes with the name before it is said in several messages.", maxText),
			fmt.Sprintf("It says at most %d messages at once and then %d a second, less than a room takes; more of standard input waits.", ownBurst, ownRate),
			"The room acknowledges nothing: ready means that the name has been sent. Nor does it say when it has taken a long silence for leaving, or has been restarted: what is said then is taken for a name.",
		},
		Flags: []nodes.Flag{
			{Name: "name", Type: nodes.Text, Required: true, Help: "how to be called, at most " + strconv.Itoa(maxName) + " bytes"},
			{Name: "port", Type: nodes.Int, Default: port, Min: "1", Max: "65535", Help: "the room's port"},
			{Name: "keepalive", Type: nodes.Duration, Default: "0s", Help: "send an empty datagram that often, so that our own room does not take silence for leaving (others relay it); 0s for never"},
		},
		Ready: []nodes.Field{
			{Name: "name", Type: nodes.Text, Help: "its name"},
			{Name: "room", Type: nodes.Text, Help: "the room's address:port"},
		},
		Events: []nodes.Kind{
			{Event: "joined", Help: "another member has come", Fields: []nodes.Field{{Name: "name", Type: nodes.Text, Help: "its name"}},
				Text: func(v nodes.Values) string { return fmt.Sprint(v["name"], hasJoined) }},
			{Event: "message", Help: "another member has said something", Fields: []nodes.Field{
				{Name: "from", Type: nodes.Text, Help: `its name; "" where the datagram has none`},
				{Name: "text", Type: nodes.Text, Help: "what it said"},
			}, Text: said},
			{Event: "left", Help: "another member has gone", Fields: []nodes.Field{{Name: "name", Type: nodes.Text, Help: "its name"}},
				Text: func(v nodes.Values) string { return fmt.Sprint(v["name"], hasLeft) }},
		},
		Result: []nodes.Field{
			{Name: "sent", Type: nodes.Int, Help: "messages sent, without the name and the exit"},
			{Name: "received", Type: nodes.Int, Help: "messages that came"},
			{Name: "garbled", Type: nodes.Int, Help: "datagrams that came and were not UTF-8"},
			{Name: "seconds", Type: nodes.Duration, Help: "from joining to leaving"},
		},
		Run: join,
	}
}

func said(v nodes.Values) string {
	if v["from"] == "" {
		return fmt.Sprint(v["text"])
	}
	return fmt.Sprint(v["from"], between, v["text"])
}
