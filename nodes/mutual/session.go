package mutual

import (
	"crypto/hmac"
	"encoding/binary"
	"io"

	"netsim/nodes"
	"netsim/nodes/framing"
)

// Session carries messages after a run that worked. Each is framed, with an HMAC before it that
// is keyed by the run (the proof with the label "key of the session"), over fields with their lengths, as in a proof: the
// label of its sender's proofs, its number (8 bytes, big-endian, from 0 in each direction), and the message.
//
//	0               4                36
//	┌───────────────┬────────────────┬───────────┐
//	│ length        │ HMAC-SHA256    │ message   │
//	└───────────────┴────────────────┴───────────┘
//
// Only one caller writes at a time, and one reads.
type Session struct {
	Peer string // the other end's name, which it has proved

	// Max is the longest message, in bytes; 0 means framing.DefaultMax.
	Max int

	rw             io.ReadWriter
	key            proof
	out, in        string // labels of the directions
	written, heard uint64 // messages so far
}

func newSession(rw io.ReadWriter, peer string, key proof, out, in string) *Session {
	return &Session{Peer: peer, rw: rw, key: key, out: out, in: in}
}

func (s *Session) codec() framing.Codec {
	longest := s.Max
	if longest == 0 {
		longest = framing.DefaultMax
	}
	return framing.Codec{Max: longest + proofSize}
}

// Write sends a message. One that is too long is a *nodes.Failure, message too long.
func (s *Session) Write(message []byte) error {
	mark := s.mark(s.out, s.written, message)
	if err := s.codec().Write(s.rw, append(mark[:], message...)); err != nil {
		return err
	}
	s.written++
	return nil
}

// Read gives the next message; io.EOF is the stream's end, which nothing vouches for. A message that
// the other end has not sent, or not as the next one, is a *nodes.Failure, corrupted.
func (s *Session) Read() ([]byte, error) {
	b, err := s.codec().Read(s.rw)
	if err != nil {
		return nil, err
	}
	if len(b) < proofSize {
		return nil, nodes.Failf(nodes.Corrupted, "a message of %d bytes, too short to be of this session", len(b))
	}
	want := s.mark(s.in, s.heard, b[proofSize:])
	if !hmac.Equal(b[:proofSize], want[:]) {
		return nil, nodes.Failf(nodes.Corrupted, "message %d of the session is not as %s sent it", s.heard+1, s.Peer)
	}
	s.heard++
	return b[proofSize:], nil
}

func (s *Session) mark(direction string, number uint64, message []byte) proof {
	return sum(s.key[:], []byte(direction), binary.BigEndian.AppendUint64(nil, number), message)
}
