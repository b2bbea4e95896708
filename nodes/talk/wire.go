package talk

import (
	"io"
	"strings"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/framing"
	"netsim/nodes/stream"
)

// rawMax is the most that one read takes without framing, and so the longest raw message, in
// bytes: recv(1024), as one writes it in a course.
const rawMax = 1024

// wire is how messages are written on a connection.
type wire struct {
	encoding charset.Encoding
	framed   bool
	framing  framing.Codec
}

// message is what came in one piece: a frame, or without framing what one read returned.
type message struct {
	text  string
	bytes int // without the length of a frame
}

// reader gives message after message, and then the error that the connection ended with.
type reader interface{ read() (message, error) }

// word is something to say. The zero value has nothing to say.
type word struct {
	text string
	b    []byte // as it goes to the wire
	size int    // without the length of a frame
	quit bool   // the last word
	auto bool   // said by itself, typed by nobody
}

// wireOf reads the flags; those that mean nothing together are a *nodes.UsageError.
func wireOf(call *nodes.Call) (wire, error) {
	w := wire{
		encoding: charset.Encoding(call.Text("encoding")),
		framed:   call.Bool("framed"),
		framing:  framing.Codec{BigEndian: call.Bool("big-endian"), Max: int(call.Size("max"))},
	}
	for _, flag := range []string{"big-endian", "max"} {
		if call.Has(flag) && !w.framed {
			return w, &nodes.UsageError{Message: "talk: --" + flag + " is for framed messages", Hint: "add --framed"}
		}
	}
	return w, nil
}

// encode makes a word of a text. A character that the encoding does not have is corrupted, and
// a text that is too long for one message is message too long.
func (w wire) encode(text string) (word, error) {
	b, err := w.encoding.Encode(text)
	if err != nil {
		return word{}, err
	}
	said := word{text: text, b: b, size: len(b), quit: isQuit(text)}
	switch {
	case w.framed:
		said.b, err = w.framing.Append(nil, b)
	case len(b) > rawMax:
		err = nodes.Failf(nodes.TooBig, "%d bytes; a message has at most %d without framing", len(b), rawMax)
	}
	return said, err
}

// quit is the last word.
func (w wire) quit() word {
	q, _ := w.encode("q") // always one byte
	return q
}

// isQuit says whether a message ends the conversation: q or Q and nothing else but blanks.
func isQuit(text string) bool { return strings.EqualFold(strings.TrimSpace(text), "q") }

func (w wire) reader(conn *stream.Conn) reader {
	if w.framed {
		return &framedReader{framing.Timed{Codec: w.framing, Conn: conn.TCPConn, Within: conn.Idle}, w.encoding}
	}
	return w.raw(conn)
}

func (w wire) raw(from io.Reader) reader { return &rawReader{from: from, encoding: w.encoding} }

type framedReader struct {
	from     framing.Timed
	encoding charset.Encoding
}

func (r *framedReader) read() (message, error) {
	b, err := r.from.Read()
	if err != nil {
		return message{}, err
	}
	return message{r.encoding.Decode(b), len(b)}, nil
}

// rawReader takes what each read returns for a message. Only a character that the network has
// cut in two is put together again: its beginning waits for the next read.
//
//	reads     68 65 79 e4 bd │ a0 │ 21
//	messages  hey            │ 你 │ !
type rawReader struct {
	from     io.Reader
	encoding charset.Encoding
	held     []byte // the beginning of a character, at most three bytes
	ended    error  // what the connection ended with
}

func (r *rawReader) read() (message, error) {
	for r.ended == nil {
		b := append(make([]byte, 0, rawMax), r.held...)
		var n int
		n, r.ended = r.from.Read(b[len(b):rawMax])
		b = b[:len(b)+n]
		whole := len(b)
		if r.ended == nil {
			whole = r.encoding.Whole(b)
		}
		r.held = b[whole:]
		if whole > 0 {
			text := strings.TrimRight(r.encoding.Decode(b[:whole]), "\r\n") // as nc sends it
			return message{text, whole}, nil
		}
	}
	return message{}, r.ended
}
