package framing

import (
	"io"
	"time"
)

// Conn is a connection whose reads end with os.ErrDeadlineExceeded at a time, as those of
// net.Conn.
type Conn interface {
	io.Reader
	SetReadDeadline(at time.Time) error
}

// Timed reads messages from a connection. Each must begin in time, and once begun, be
// complete in time: else who sends a byte now and then would never be given up.
//
//	   Within              Within
//	├───────────┤├─────────────────────────┤
//	 until a byte  until all of the message
type Timed struct {
	Codec  Codec
	Conn   Conn
	Within time.Duration // 0 means for ever
}

// Read is Codec.Read, or os.ErrDeadlineExceeded when the time is over.
func (t Timed) Read() ([]byte, error) {
	if t.Within <= 0 {
		return t.Codec.Read(t.Conn)
	}
	return t.Codec.Read(&begun{Timed: t})
}

// begun reads one message.
type begun struct {
	Timed
	until time.Time // zero before its first byte
}

func (b *begun) Read(p []byte) (int, error) {
	until := b.until
	if until.IsZero() {
		until = time.Now().Add(b.Within)
	}
	_ = b.Conn.SetReadDeadline(until) // a closed connection says so at the read
	n, err := b.Conn.Read(p)
	if b.until.IsZero() && n > 0 {
		b.until = time.Now().Add(b.Within)
	}
	return n, err
}
