// Package framing is the framing of messages on a TCP stream that network courses teach:
// a signed 32-bit length, then that many bytes.
//
//	 0               4
//	┌───────────────┬──────────────────┐
//	│ length        │ length bytes     │
//	└───────────────┴──────────────────┘
//
// The length is little-endian: Python's struct.pack('i', n) is native order, and so it is on
// every machine that such a course runs on. Codec.BigEndian is network order, '!i'.
package framing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"netsim/nodes"
)

// HeaderSize is the length's own size, in bytes.
const HeaderSize = 4

// DefaultMax is the longest message of a Codec whose Max is 0, in bytes.
const DefaultMax = 1 << 20

// Codec reads and writes messages. Its zero value is little-endian with DefaultMax.
type Codec struct {
	BigEndian bool
	Max       int // the longest message, in bytes; 0 means DefaultMax
}

// Append appends a message with its length to b. A message that is too long is a
// *nodes.Failure, message too long, and appends nothing.
func (c Codec) Append(b, message []byte) ([]byte, error) {
	if len(message) > c.max() {
		return b, nodes.Failf(nodes.TooBig, "a message of %d bytes; at most %d", len(message), c.max())
	}
	return append(c.order().AppendUint32(b, uint32(len(message))), message...), nil
}

// Write writes a message with its length in one piece.
func (c Codec) Write(w io.Writer, message []byte) error {
	b, err := c.Append(nil, message)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// Read reads the next message. At the end of the stream it is io.EOF; a *nodes.Failure is
// truncated when the stream ends inside a message, and corrupted when the length is
// negative or greater than Max: where the next message would begin is then not known.
// Memory grows with what comes, not with what a length claims.
func (c Codec) Read(r io.Reader) ([]byte, error) {
	var header [HeaderSize]byte
	n, err := io.ReadFull(r, header[:])
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, nodes.Failf(nodes.Truncated, "the stream ends after %d of the length's %d bytes", n, HeaderSize)
	case err != nil:
		return nil, err
	}
	length := int32(c.order().Uint32(header[:]))
	if length < 0 || int(length) > c.max() {
		return nil, nodes.Failf(nodes.Corrupted, "a length of %d bytes%s; from 0 to %d", length, c.guess(header), c.max())
	}
	var message bytes.Buffer
	got, err := io.CopyN(&message, r, int64(length))
	if errors.Is(err, io.EOF) {
		return nil, nodes.Failf(nodes.Truncated, "the stream ends after %d of a message's %d bytes", got, length)
	}
	return message.Bytes(), err
}

func (c Codec) max() int {
	if c.Max == 0 {
		return DefaultMax
	}
	return min(c.Max, math.MaxInt32)
}

func (c Codec) order() interface {
	binary.ByteOrder
	binary.AppendByteOrder
} {
	if c.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
