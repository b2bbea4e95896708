package mutual_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/mutual"
)

// line is a connection whose both directions a test can look at and change between messages.
type line struct {
	in  io.Reader
	out bytes.Buffer
}

func (l *line) Read(b []byte) (int, error)  { return l.in.Read(b) }
func (l *line) Write(b []byte) (int, error) { return l.out.Write(b) }

// talk authenticates two ends, and returns their sessions and what the client's session writes to and the
// server's reads from once the exchange is over.
func talk(t *testing.T) (client, server *mutual.Session, out, in *switched) {
	t.Helper()
	a, b := pipe(t)
	out, in = &switched{ReadWriter: a}, &switched{ReadWriter: b}
	done := make(chan end, 1)
	go func() {
		s, err := mutual.Server(in, "bob", users)
		done <- end{s, err}
	}()
	client, err := mutual.Client(out, mutual.Identity{Name: "operator", Secret: secret}, "bob")
	s := <-done
	if err != nil || s.err != nil {
		t.Fatal(err, s.err)
	}
	l := &line{}
	l.in = &l.out
	out.ReadWriter, in.ReadWriter = l, l
	return client, s.session, out, in
}

type switched struct{ io.ReadWriter }

func TestSession(t *testing.T) {
	client, server, _, _ := talk(t)
	for _, text := range []string{"one", "", strings.Repeat("long ", 10_000)} {
		if err := client.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := server.Read(); err != nil || string(got) != text {
			t.Errorf("got %.20q, %v", got, err)
		}
	}
	if _, err := server.Read(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// Who sits in between can hand on nothing but the next message as it is.
func TestSessionSeesWhoSitsInBetween(t *testing.T) {
	for name, meddle := range map[string]func(one, two []byte) []byte{
		"changed":   func(one, _ []byte) []byte { one[len(one)-1] ^= 1; return one },
		"dropped":   func(_, two []byte) []byte { return two },
		"too short": func(one, _ []byte) []byte { return append([]byte{3, 0, 0, 0}, one[4:7]...) },
	} {
		client, server, out, in := talk(t)
		one, two := written(t, client, out, "one"), written(t, client, out, "two")
		in.ReadWriter = &line{in: bytes.NewReader(meddle(one, two))}
		if got, err := server.Read(); nodes.WordOf(err) != nodes.Corrupted {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	client, server, out, in := talk(t)
	one := written(t, client, out, "one")
	in.ReadWriter = &line{in: bytes.NewReader(append(bytes.Clone(one), one...))}
	if got, err := server.Read(); err != nil || string(got) != "one" {
		t.Fatalf("got %q, %v", got, err)
	}
	if got, err := server.Read(); nodes.WordOf(err) != nodes.Corrupted {
		t.Errorf("a message twice: %q, %v", got, err)
	}
	out.ReadWriter = &line{in: bytes.NewReader(one)}
	if got, err := client.Read(); nodes.WordOf(err) != nodes.Corrupted {
		t.Errorf("its own message: %q, %v", got, err)
	}
}

func written(t *testing.T, s *mutual.Session, to *switched, text string) []byte {
	t.Helper()
	l := &line{}
	to.ReadWriter = l
	if err := s.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return l.out.Bytes()
}

func TestSessionMax(t *testing.T) {
	client, server, _, _ := talk(t)
	client.Max, server.Max = 10, 9
	if err := client.Write(make([]byte, 11)); nodes.WordOf(err) != nodes.TooBig {
		t.Errorf("got %v", err)
	}
	if err := client.Write(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(); nodes.WordOf(err) != nodes.Corrupted {
		t.Errorf("got %v", err)
	}
}

func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{"abc": "abc", "abc\n": "abc", " a b\r\n": " a b"} {
		file := filepath.Join(dir, "secret")
		os.WriteFile(file, []byte(content), 0o600)
		if got, err := mutual.ReadSecret(file); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
	for content, want := range map[string]nodes.Word{"": nodes.Denied, "\r\n\n": nodes.Denied, strings.Repeat("x", 1025): nodes.TooBig} {
		file := filepath.Join(dir, "secret")
		os.WriteFile(file, []byte(content), 0o600)
		if _, err := mutual.ReadSecret(file); nodes.WordOf(err) != want {
			t.Errorf("%.10q: %v, want %s", content, err, want)
		}
	}
	if _, err := mutual.ReadSecret(filepath.Join(dir, "none")); nodes.WordOf(err) != nodes.NotFound {
		t.Errorf("got %v", err)
	}
}
