package mutual

import (
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"netsim/nodes"
)

// The kinds of messages: their first byte.
const (
	kindHello       = 1
	kindChallenge   = 2
	kindClientProof = 3
	kindServerProof = 4
	kindRefused     = 5
)

// Sizes, in bytes.
const (
	MaxName    = 64
	MaxMessage = 1 + nonceSize + MaxName // the longest message of the exchange

	nonceSize = 32
	proofSize = 32
)

// greeting is a hello or a challenge.
//
//	0      1              33
//	┌──────┬──────────────┬───────────────┐
//	│ kind │ nonce        │ name          │
//	└──────┴──────────────┴───────────────┘
type greeting struct {
	nonce [nonceSize]byte
	name  string
}

func newGreeting(name string) (greeting, error) {
	g := greeting{name: name}
	_, _ = rand.Read(g.nonce[:]) // it has no error
	return g, CheckName(name)
}

func (g greeting) append(b []byte, kind byte) []byte {
	return append(append(append(b, kind), g.nonce[:]...), g.name...)
}

func parseGreeting(b []byte, kind byte) (g greeting, err error) {
	if len(b) < 1+nonceSize || b[0] != kind {
		return g, strange(b, kind)
	}
	copy(g.nonce[:], b[1:])
	g.name = string(b[1+nonceSize:])
	return g, CheckName(g.name)
}

// CheckName says whether a user or a server may be called so: names come into logs, and so are
// printable.
func CheckName(name string) error {
	control := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, control) {
		return nodes.Failf(nodes.Corrupted, "a name of 1 to %d printable bytes is needed, not %.80q", MaxName, name)
	}
	return nil
}

// proof is what shows that its sender has the secret.
//
//	0      1              33
//	┌──────┬──────────────┐
//	│ kind │ HMAC-SHA256  │
//	└──────┴──────────────┘
type proof [proofSize]byte

func (p proof) append(b []byte, kind byte) []byte { return append(append(b, kind), p[:]...) }

func parseProof(b []byte, kind byte) (p proof, err error) {
	if len(b) != 1+proofSize || b[0] != kind {
		return p, strange(b, kind)
	}
	copy(p[:], b[1:])
	return p, nil
}

func strange(b []byte, kind byte) error {
	if len(b) == 0 {
		return nodes.Failf(nodes.Corrupted, "an empty message where one of kind %d was due", kind)
	}
	return nodes.Failf(nodes.Corrupted, "a message of kind %d and %d bytes where one of kind %d was due", b[0], len(b), kind)
}

func send(w io.Writer, message []byte) error { return codec().Write(w, message) }

// receive reads the next message: in the middle of the exchange the stream must not end.
func receive(r io.Reader) ([]byte, error) {
	b, err := codec().Read(r)
	if errors.Is(err, io.EOF) {
		return nil, nodes.Failf(nodes.Closed, "the other end closed the connection during authentication")
	}
	return b, err
}

func receiveGreeting(r io.Reader, kind byte) (greeting, error) {
	b, err := receive(r)
	if err != nil {
		return greeting{}, err
	}
	return parseGreeting(b, kind)
}
