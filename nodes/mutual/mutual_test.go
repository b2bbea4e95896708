package mutual_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/framing"
	"netsim/nodes/mutual"
)

var secret = []byte("correct horse battery staple")

// users knows one user.
func users(name string) ([]byte, bool) { return secret, name == "operator" }

// pipe is a connection in memory, with a deadline so that a test that waits for nothing ends.
func pipe(t *testing.T) (client, server net.Conn) {
	t.Helper()
	client, server = net.Pipe()
	for _, c := range []net.Conn{client, server} {
		c.SetDeadline(time.Now().Add(20 * time.Second))
		t.Cleanup(func() { c.Close() })
	}
	return client, server
}

type end struct {
	session *mutual.Session
	err     error
}

// run lets both ends speak to each other; what the client sends and hears is recorded.
func run(t *testing.T, id mutual.Identity, server string, lookup mutual.Lookup) (c, s end, sent, heard []byte) {
	t.Helper()
	a, b := pipe(t)
	done := make(chan end, 1)
	go func() {
		session, err := mutual.Server(b, "bob", lookup)
		b.Close()
		done <- end{session, err}
	}()
	tap := &tapped{ReadWriter: a}
	session, err := mutual.Client(tap, id, server)
	a.Close()
	return end{session, err}, <-done, tap.out.Bytes(), tap.in.Bytes()
}

type tapped struct {
	io.ReadWriter
	in, out bytes.Buffer
}

func (t *tapped) Read(b []byte) (int, error) {
	n, err := t.ReadWriter.Read(b)
	t.in.Write(b[:n])
	return n, err
}

func (t *tapped) Write(b []byte) (int, error) {
	t.out.Write(b)
	return t.ReadWriter.Write(b)
}

func TestBothAccept(t *testing.T) {
	for _, server := range []string{"bob", ""} {
		c, s, _, _ := run(t, mutual.Identity{Name: "operator", Secret: secret}, server, users)
		if c.err != nil || s.err != nil {
			t.Fatalf("client %v, server %v", c.err, s.err)
		}
		if c.session.Peer != "bob" || s.session.Peer != "operator" {
			t.Errorf("peers %q and %q", c.session.Peer, s.session.Peer)
		}
	}
}

// Both are denied, and nothing on the line tells which of the two it was.
func TestWrongSecretAndUnknownUserAreAlike(t *testing.T) {
	var seen [2][]int
	for i, id := range []mutual.Identity{{Name: "operator", Secret: []byte("wrong")}, {Name: "stranger", Secret: secret}} {
		c, s, sent, heard := run(t, id, "", users)
		if nodes.WordOf(c.err) != nodes.Denied || nodes.WordOf(s.err) != nodes.Denied {
			t.Errorf("%s: client %v, server %v", id.Name, c.err, s.err)
		}
		seen[i] = []int{len(sent), len(heard), int(heard[len(heard)-1])}
	}
	if seen[0][0] != seen[1][0] || seen[0][1] != seen[1][1] || seen[0][2] != seen[1][2] {
		t.Errorf("a wrong secret looks like %v, an unknown user like %v", seen[0], seen[1])
	}
}

func TestEmptySecretProvesNothing(t *testing.T) {
	a, _ := pipe(t)
	if _, err := mutual.Client(a, mutual.Identity{Name: "operator"}, ""); nodes.WordOf(err) != nodes.Denied {
		t.Errorf("got %v", err)
	}
	nothing := func(string) ([]byte, bool) { return nil, true }
	if _, s, _, _ := run(t, mutual.Identity{Name: "operator", Secret: secret}, "", nothing); nodes.WordOf(s.err) != nodes.Denied {
		t.Errorf("a server with an empty secret: %v", s.err)
	}
}

func TestAnotherServer(t *testing.T) {
	c, s, _, _ := run(t, mutual.Identity{Name: "operator", Secret: secret}, "carol", users)
	if nodes.WordOf(c.err) != nodes.Denied || s.err == nil {
		t.Errorf("client %v, server %v", c.err, s.err)
	}
}

// A server that does not know the secret does not get around the client by accepting anything.
func TestServerWithoutTheSecret(t *testing.T) {
	a, b := pipe(t)
	go func() {
		codec := framing.Codec{}
		codec.Read(b)
		codec.Write(b, append(append([]byte{2}, make([]byte, 32)...), "bob"...))
		codec.Read(b)
		codec.Write(b, append([]byte{4}, make([]byte, 32)...))
	}()
	if _, err := mutual.Client(a, mutual.Identity{Name: "operator", Secret: secret}, "bob"); nodes.WordOf(err) != nodes.Denied {
		t.Errorf("got %v", err)
	}
}

// say gives a server all of a byte stream, and returns what it makes of it.
func say(t *testing.T, stream []byte) error {
	t.Helper()
	a, b := pipe(t)
	go func() {
		a.Write(stream)
		a.Close()
	}()
	go io.Copy(io.Discard, a)
	_, err := mutual.Server(b, "bob", users)
	if err == nil {
		t.Errorf("%q is accepted", stream)
	}
	return err
}

func TestReplay(t *testing.T) {
	c, _, sent, heard := run(t, mutual.Identity{Name: "operator", Secret: secret}, "bob", users)
	if c.err != nil {
		t.Fatal(c.err)
	}
	if err := say(t, sent); nodes.WordOf(err) != nodes.Denied {
		t.Errorf("the client's side again: %v", err)
	}
	a, b := pipe(t)
	go io.Copy(io.Discard, b)
	go b.Write(heard)
	if _, err := mutual.Client(a, mutual.Identity{Name: "operator", Secret: secret}, "bob"); nodes.WordOf(err) != nodes.Denied {
		t.Errorf("the server's side again: %v", err)
	}
}

// A client whose own messages come back, with the kinds that a server's have, must not take its own proof
// for the server's.
func TestReflection(t *testing.T) {
	a, b := pipe(t)
	go func() {
		codec := framing.Codec{}
		for _, kind := range []byte{2, 4} {
			m, err := codec.Read(b)
			if err != nil {
				return
			}
			m[0] = kind
			codec.Write(b, m)
		}
	}()
	_, err := mutual.Client(a, mutual.Identity{Name: "bob", Secret: secret}, "")
	if nodes.WordOf(err) != nodes.Denied {
		t.Errorf("got %v", err)
	}
}

// Two servers that somebody connects crosswise wait for each other; and one's messages are no
// client's to the other.
func TestSwappedRoles(t *testing.T) {
	a, b := pipe(t)
	a.SetDeadline(time.Now().Add(20 * time.Millisecond))
	b.SetDeadline(time.Now().Add(20 * time.Millisecond))
	other := make(chan error, 1)
	go func() {
		_, err := mutual.Server(a, "alice", users)
		other <- err
	}()
	if _, err := mutual.Server(b, "bob", users); nodes.WordOf(err) != nodes.Timeout {
		t.Errorf("got %v", err)
	}
	if err := <-other; nodes.WordOf(err) != nodes.Timeout {
		t.Errorf("got %v", err)
	}
	_, _, _, heard := run(t, mutual.Identity{Name: "operator", Secret: secret}, "bob", users)
	if err := say(t, heard); nodes.WordOf(err) != nodes.Corrupted {
		t.Errorf("a server's messages: %v", err)
	}
}

func TestWhatIsNoMessage(t *testing.T) {
	_, _, sent, _ := run(t, mutual.Identity{Name: "operator", Secret: secret}, "bob", users)
	for n := range len(sent) {
		if err := say(t, sent[:n]); nodes.WordOf(err) != nodes.Truncated && nodes.WordOf(err) != nodes.Closed {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	for name, stream := range map[string]string{
		"text":            "GET / HTTP/1.1\r\n\r\n",
		"negative length": "\xff\xff\xff\xff",
		"huge length":     "\xff\xff\xff\x7f",
		"empty":           "\x00\x00\x00\x00",
		"no name":         "\x21\x00\x00\x00\x01" + strings.Repeat("n", 32),
		"control name":    "\x22\x00\x00\x00\x01" + strings.Repeat("n", 32) + "\x07",
		"not UTF-8":       "\x22\x00\x00\x00\x01" + strings.Repeat("n", 32) + "\xff",
	} {
		if err := say(t, []byte(stream)); nodes.WordOf(err) != nodes.Corrupted {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever single bit of the client's side is another one, the server does not accept.
func TestEveryBitCounts(t *testing.T) {
	id := mutual.Identity{Name: "operator", Secret: secret}
	const hello, proof = 1 + 32 + 8, 1 + 32
	for n := range (hello + proof) * 8 {
		bit := n + 4*8 // after the length
		if n >= hello*8 {
			bit += 4 * 8
		}
		a, b := pipe(t)
		done := make(chan error, 1)
		go func() {
			_, err := mutual.Server(b, "bob", users)
			b.Close()
			done <- err
		}()
		_, err := mutual.Client(&flipping{ReadWriter: a, bit: bit}, id, "bob")
		a.Close()
		if server := <-done; err == nil || server == nil {
			t.Fatalf("bit %d: client %v, server %v", bit, err, server)
		}
	}
}

// flipping is a line that turns one bit around.
type flipping struct {
	io.ReadWriter
	bit int // counted from the next byte written
}

func (f *flipping) Write(b []byte) (int, error) {
	b = bytes.Clone(b)
	if f.bit >= 0 && f.bit < len(b)*8 {
		b[f.bit/8] ^= 1 << (f.bit % 8)
	}
	f.bit -= len(b) * 8
	return f.ReadWriter.Write(b)
}

func TestServerFailsWhereTheConnectionDoes(t *testing.T) {
	broken := errors.New("broken")
	if _, err := mutual.Server(failing{broken}, "bob", users); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }
