// Package frame is the program `frame`: it shows that TCP carries bytes and not messages, and
// what to do about it.
//
//	frame send bob one two three --raw        three sends
//	frame serve --raw --pause 500ms           {"event":"read",…,"text":"onetwothree","bytes":11}
//
//	sent      one │ two │ three          three segments, or fewer
//	received  onetwothree                the receiver's kernel keeps bytes in a row
//	read      onetwothree                … and a read takes what there is
//
// With framing (netsim/nodes/framing) each message has its length before it, and comes out as it
// went in, however the network and the reads cut it.
package frame

import (
	"netsim/nodes"
)

// Program describes `frame`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "frame", Summary: "shows how messages stick together on TCP, and how framing keeps them apart",
		Forms: []nodes.Form{serveForm(), sendForm()},
	}
}

func serveForm() nodes.Form {
	return nodes.Form{
		Words: "serve", Server: true,
		Summary: "says what came: message by message, or with --raw what each read returned",
		Notes: []string{
			"With --raw it reads into a buffer of --buffer bytes. With --pause it is busy for so long before each read, so that what came meanwhile is returned by one read.",
			"A length that is negative or above --max is corrupted: where the next message would begin is not known, so the client is left. A stream that ends inside a message is truncated, and that message is never shown. Either concerns that client alone.",
			"A text is shown up to 1024 bytes, and after 10000 events in a run only the result counts.",
		},
		Flags: append([]nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "9002", Max: "65535", Help: "TCP port; 0 for any free one"},
			{Name: "raw", Type: nodes.Bool, Help: "no framing: tell what each read returned"},
			{Name: "pause", Type: nodes.Duration, Default: "0s", Max: "1m", Help: "with --raw: be busy for so long before each read"},
			{Name: "buffer", Type: nodes.Size, Default: "1024", Min: "1", Max: "64KiB", Help: "with --raw: how much a read takes at most"},
			{Name: "clients", Type: nodes.Int, Default: "64", Min: "1", Max: "1024", Help: "so many at once; then who has sent nothing yet is left for who comes, and if all have, more wait"},
			{Name: "idle", Type: nodes.Duration, Default: "1m", Min: "1ms", Help: "leave a client that sends nothing for so long, or takes so long for a message"},
		}, framingFlags()...),
		Ready: nodes.ListenFields(),
		Events: []nodes.Kind{
			{Event: "client", Help: "a client is being served from now on", Fields: numbered(), Text: clientText},
			{Event: "read", Help: "with --raw: what one read returned", Fields: numbered(text(), size()), Text: readText},
			{Event: "message", Help: "without --raw: a whole message", Fields: numbered(text(), size()), Text: messageText},
			{Event: "bad", Help: "what came was no message", Fields: numbered(
				nodes.Field{Name: "error", Type: nodes.Text, Help: "corrupted: a length that cannot be; truncated: the stream ended inside a message"},
				nodes.Field{Name: "detail", Type: nodes.Text, Help: "what it was, for people"}), Text: badText},
			{Event: "left", Help: "a client is served no more", Fields: numbered(
				nodes.Field{Name: "reason", Type: nodes.Text, Help: "end: it hung up; idle; evicted: it had sent nothing, and others needed its place; corrupted; truncated; stopped: this program was told to end; closed: reset"}), Text: leftText},
		},
		Result: []nodes.Field{
			{Name: "clients", Type: nodes.Int, Help: "clients served"},
			{Name: "reads", Type: nodes.Int, Help: "with --raw: reads that returned something"},
			{Name: "messages", Type: nodes.Int, Help: "without --raw: whole messages"},
			{Name: "bytes", Type: nodes.Size, Help: "in the reads or the messages, without lengths"},
			{Name: "corrupted", Type: nodes.Int, Help: "clients that sent a length that cannot be"},
			{Name: "truncated", Type: nodes.Int, Help: "clients that hung up inside a message"},
			{Name: "idle", Type: nodes.Int, Help: "clients left, as they sent nothing, or no message to its end"},
			{Name: "evicted", Type: nodes.Int, Help: "clients left, as they had sent nothing and others needed their places"},
			{Name: "untold", Type: nodes.Int, Help: "events that were counted and not told, after 10000"},
		},
		Run: serve,
	}
}

func sendForm() nodes.Form {
	return nodes.Form{
		Words: "send", Summary: "sends messages, one write each, and hangs up",
		Notes: []string{
			"Each message is handed to TCP by itself, and TCP_NODELAY is set, so that it leaves at once. What sticks together all the same has done so at the receiver.",
			"What was sent is in the kernel's hands: whether it was read, only the server can say.",
			"--cut and --claim send what is wrong, to see what a server makes of it.",
		},
		Args: []nodes.Arg{
			{Name: "HOST", Type: nodes.Host, Help: "where the server runs"},
			{Name: "MSG", Type: nodes.Text, Repeated: true, Help: "what to send"},
		},
		Flags: append([]nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "9002", Min: "1", Max: "65535", Help: "the server's port"},
			{Name: "raw", Type: nodes.Bool, Help: "no framing: the text alone"},
			{Name: "interval", Type: nodes.Duration, Default: "0s", Max: "1m", Help: "wait so long between messages, or with --piece between pieces"},
			{Name: "piece", Type: nodes.Size, Min: "1", Help: "send each message in pieces of so many bytes, one write each"},
			{Name: "cut", Type: nodes.Size, Min: "1", Help: "hang up so many bytes before the end of the last message"},
			{Name: "claim", Type: nodes.Int, Max: "4294967295", Help: "the length to claim for the last message; 4294967295 is -1"},
			{Name: "timeout", Type: nodes.Duration, Default: "4s", Min: "1ms", Help: "for connecting, and for each write; unanswered ARP is told after 3s"},
		}, framingFlags()...),
		Result: []nodes.Field{
			{Name: "sent", Type: nodes.Int, Help: "messages sent to their end"},
			{Name: "bytes", Type: nodes.Size, Help: "sent, with the lengths"},
			{Name: "writes", Type: nodes.Int, Help: "in so many writes"},
		},
		Run: send,
	}
}

func framingFlags() []nodes.Flag {
	return []nodes.Flag{
		{Name: "big-endian", Type: nodes.Bool, Help: "lengths are in network byte order, instead of little-endian"},
		{Name: "max", Type: nodes.Size, Default: "1MiB", Min: "1", Max: "64MiB", Help: "the longest message"},
	}
}

func numbered(fields ...nodes.Field) []nodes.Field {
	return append([]nodes.Field{
		{Name: "client", Type: nodes.Int, Help: "which one: 1 is the first that came"},
		{Name: "from", Type: nodes.Text, Help: "its name, or its address where the hosts file has no name"},
	}, fields...)
}

func text() nodes.Field {
	return nodes.Field{Name: "text", Type: nodes.Text, Help: "what came, up to 1024 bytes of it; what is not UTF-8 becomes U+FFFD"}
}

func size() nodes.Field {
	return nodes.Field{Name: "bytes", Type: nodes.Size, Help: "how many bytes came, without the length"}
}
