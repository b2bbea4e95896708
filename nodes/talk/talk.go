// Package talk is the program `talk`: two people, or a person and a program, take turns on a
// TCP connection. The server speaks first; q or Q alone ends it, from either side.
//
//	talk serve                    types to whoever has waited longest for a word
//	talk bob                      types to bob
//	talk serve --greet hello --reply "I see"        needs nobody at the keyboard
//
//	server                       client
//	   │ ◄──────── connects ──────── │
//	   │ ───────── hello ──────────► │
//	   │ ◄──────── hi ────────────── │
//	   │ ───────── how are you? ───► │
//	   │ ◄──────── q ─────────────── │
//
// Without framing a message is what one read returns, at most 1024 bytes, as in the first chat
// program of every course; with --framed it is a frame of netsim/nodes/framing. Whoever speaks
// out of turn is heard; netsim's own side keeps to the turns, because without framing
// messages that come close together become one.
package talk

import (
	"netsim/nodes"
	"netsim/nodes/charset"
)

// Program describes `talk`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "talk", Summary: "lets two take turns to say a line over TCP",
		Forms: []nodes.Form{serveForm(), joinForm()},
	}
}

func serveForm() nodes.Form {
	return nodes.Form{
		Words: "serve", Server: true, Lines: true,
		Summary: "speaks first with each client that comes, then answers in turn",
		Notes: append(wireNotes(),
			"A typed line goes to the client who has waited longest for a word, once there is one; a q, once it is the next, waits for a turn no longer than --linger. It serves on when standard input ends.",
			"It is iterative: the others wait in the listen queue until a client has left, and do not know it. With --concurrent nobody waits for anybody."),
		Flags: append([]nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "9001", Max: "65535", Help: "TCP port; 0 for any free one"},
			{Name: "concurrent", Type: nodes.Bool, Help: "talk with several clients at once"},
			{Name: "clients", Type: nodes.Int, Default: "64", Min: "1", Max: "1024", Help: "so many at once with --concurrent; then who has said nothing yet is left for who comes, and if all have, more are turned away"},
			{Name: "greet", Type: nodes.Text, Help: "what to say first, by itself; otherwise a line must be typed"},
			{Name: "reply", Type: nodes.Text, Help: "what to answer to each message, by itself, unless a typed line waits"},
		}, wireFlags()...),
		Ready: nodes.ListenFields(),
		Events: []nodes.Kind{
			{Event: "client", Help: "a client is being served from now on", Fields: numbered(from()), Text: arrivedText},
			{Event: "message", Help: "it said something", Fields: numbered(from(), text(), size()), Text: messageText},
			{Event: "sent", Help: "it was told something", Fields: numbered(to(), text(), size()), Text: sentText},
			{Event: "left", Help: "the conversation is over", Fields: numbered(append([]nodes.Field{from()}, endingFields()...)...), Text: leftText},
		},
		Result: []nodes.Field{
			{Name: "clients", Type: nodes.Int, Help: "conversations, also those that did not end well"},
			{Name: "received", Type: nodes.Int, Help: "messages that came, without q"},
			{Name: "sent", Type: nodes.Int, Help: "messages that were said, without q"},
			{Name: "bytes_in", Type: nodes.Size, Help: "text in the messages that came"},
			{Name: "bytes_out", Type: nodes.Size, Help: "text in the messages that were said"},
			{Name: "refused", Type: nodes.Int, Help: "clients turned away, since so many were there and talked"},
			{Name: "evicted", Type: nodes.Int, Help: "clients left, since they had said nothing and others needed their places"},
			{Name: "idle", Type: nodes.Int, Help: "conversations given up in which nobody said a word"},
			{Name: "stuck", Type: nodes.Int, Help: "conversations given up with clients that did not read"},
			{Name: "truncated", Type: nodes.Int, Help: "clients that hung up inside a frame"},
			{Name: "corrupted", Type: nodes.Int, Help: "clients that sent what is no frame"},
			{Name: "unsent", Type: nodes.Int, Help: "typed lines that nobody was told"},
		},
		Run: serve,
	}
}

func joinForm() nodes.Form {
	return nodes.Form{
		Server: true, Lines: true,
		Summary: "connects, waits for the server's first word, then sends each typed line when it is its turn",
		Notes: append(wireNotes(),
			"The end of standard input is a q after the last line. A q and the lines before it wait for their turns no longer than --linger: then q is said, and the lines that still wait are not sent. After q the server may take 0.5s to hang up. 100 lines wait at most: what is behind them is not read meanwhile, nor is the end. Ctrl-C and SIGTERM say q at once."),
		Args: []nodes.Arg{{Name: "HOST", Type: nodes.Host, Help: "where the server runs"}},
		Flags: append([]nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "9001", Min: "1", Max: "65535", Help: "the server's port"},
			{Name: "timeout", Type: nodes.Duration, Default: "4s", Min: "1ms", Help: "for connecting; unanswered ARP is told after 3s"},
		}, wireFlags()...),
		Ready: []nodes.Field{
			{Name: "to", Type: nodes.Text, Help: "the server's name, or its address where the hosts file has no name"},
			{Name: "address", Type: nodes.Text, Help: "the server's address:port"},
		},
		Events: []nodes.Kind{
			{Event: "message", Help: "the server said something", Fields: []nodes.Field{from(), text(), size()}, Text: messageText},
			{Event: "sent", Help: "it was told something", Fields: []nodes.Field{to(), text(), size()}, Text: sentText},
		},
		Result: append([]nodes.Field{
			{Name: "received", Type: nodes.Int, Help: "messages that came, without q"},
			{Name: "sent", Type: nodes.Int, Help: "messages that were said, without q"},
			{Name: "unsent", Type: nodes.Int, Help: "typed lines that the server was not told"},
			{Name: "seconds", Type: nodes.Duration, Help: "from being connected to the end"},
		}, endingFields()...),
		Run: join,
	}
}

func wireNotes() []string {
	return []string{
		"Without --framed a message is what one read returns: text of at most 1024 bytes, of which line ends are not shown. A character that is cut in two is put together. Two messages that come close together may be one.",
		"A typed line waits until it is our turn: the server speaks first, then each waits for the other's word. Who speaks out of turn is heard all the same. q or Q alone ends it, from either side. /help is explained and not sent, nor are empty lines.",
	}
}

func wireFlags() []nodes.Flag {
	return []nodes.Flag{
		{Name: "framed", Type: nodes.Bool, Help: "each message is a 4-byte length, little-endian, and so many bytes"},
		{Name: "big-endian", Type: nodes.Bool, Help: "the length is in network byte order"},
		{Name: "max", Type: nodes.Size, Default: "64KiB", Min: "1", Max: "128KiB", Help: "the longest framed message"},
		charset.Flag(),
		{Name: "idle", Type: nodes.Duration, Default: "10m", Min: "1ms", Help: "end a conversation in which nobody says a word for so long, or a framed message takes so long"},
		{Name: "stuck", Type: nodes.Duration, Default: "10s", Min: "1ms", Help: "end a conversation when the other end reads nothing for so long"},
		{Name: "linger", Type: nodes.Duration, Default: "2s", Help: "a q waits so long for a turn"},
	}
}

func numbered(fields ...nodes.Field) []nodes.Field {
	return append([]nodes.Field{{Name: "client", Type: nodes.Int, Help: "which one: 1 is the first that came"}}, fields...)
}

func from() nodes.Field {
	return nodes.Field{Name: "from", Type: nodes.Text, Help: "its name, or its address where the hosts file has no name"}
}

func to() nodes.Field {
	return nodes.Field{Name: "to", Type: nodes.Text, Help: "its name, or its address where the hosts file has no name"}
}

func text() nodes.Field {
	return nodes.Field{Name: "text", Type: nodes.Text, Help: "what was said; what is no character of the encoding becomes U+FFFD"}
}

func size() nodes.Field {
	return nodes.Field{Name: "bytes", Type: nodes.Size, Help: "the message's own size, without the length of a frame"}
}

func endingFields() []nodes.Field {
	return []nodes.Field{
		{Name: "reason", Type: nodes.Text, Help: "q; closed: hung up without q; evicted: it had said nothing to the server yet, and others needed its place; idle, stuck, truncated, corrupted; stopped: this program was told to end; failed"},
		{Name: "by", Type: nodes.Text, Help: "who ended it: us or them"},
	}
}
