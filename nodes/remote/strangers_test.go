package remote_test

import (
	"io"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/mutual"
)

// While strangers send what is no message, half of one, or nothing, operators are served.
func TestStrangers(t *testing.T) {
	p := serve(t, "netsim node say a\n", "--patience", "2s")
	streams := []string{
		"", "GET / HTTP/1.1\r\n\r\n", "\xff\xff\xff\xff", "\x00\x00\x00\x80", "\xff\xff\xff\x7f", "\x00\x00\x00\x00", "\x21", "\x29\x00\x00\x00\x01",
		"\x24\x00\x00\x00\x01" + strings.Repeat("n", 32) + "bob", "\x21\x00\x00\x00\x03" + strings.Repeat("p", 32),
	}
	for _, s := range streams {
		c := p.dial()
		c.Write([]byte(s))
		if o := p.run(nil, "netsim node say a"); o.Error() != "" {
			t.Errorf("after %q: %v %s", s, o.Result, o.Stderr)
		}
	}
	// One that has authenticated can send nonsense, too.
	c := p.dial()
	session, err := mutual.Client(c, mutual.Identity{Name: "operator", Secret: []byte(goodSecret)}, "bob")
	if err != nil {
		t.Fatal(err)
	}
	session.Write([]byte(`{"command":[]}`))
	if _, err := session.Read(); err == nil {
		t.Error("an empty command is answered")
	}
	o := p.server.Stop()
	if o.Number("malformed") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
	if o.Status != nodes.Worked || o.Number("commands") != float64(len(streams)) || strings.Count(o.Stderr, "\n") > 10 {
		t.Errorf("the server's result: %v\n%s", o.Result, o.Stderr)
	}
}

// However many say nothing, an operator is served while they stay.
func TestSilentStrangersMakeRoom(t *testing.T) {
	p := serve(t, "netsim node say a\n")
	for range 70 {
		p.dial()
	}
	if o := p.run(nil, "netsim node say a"); o.Error() != "" {
		t.Errorf("got %v %s", o.Result, o.Stderr)
	}
	if o := p.server.Stop(); o.Number("evicted") != 7 || strings.Count(o.Stderr, "makes room") != 3 {
		t.Errorf("the server's result: %v\n%s", o.Result, o.Stderr)
	}
}

// Who says nothing is left after a while.
func TestSilentStrangersAreLeft(t *testing.T) {
	p := serve(t, "netsim node say a\n", "--patience", "300ms", "--clients", "2")
	for range 2 {
		if n, err := p.dial().Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if o := p.server.Stop(); o.Number("unauthenticated") != 2 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

// A request that was changed on the way is counted, and so is one that never comes or is no text.
func TestMalformedRequests(t *testing.T) {
	p := serve(t, "netsim node say a\n")
	for _, message := range []string{"", "\x24\x00\x00\x00" + strings.Repeat("m", 36), `{"command":["netsim","node","say","a` + "\xff" + `"]}`} {
		c := p.dial()
		session, err := mutual.Client(c, mutual.Identity{Name: "operator", Secret: []byte(goodSecret)}, "bob")
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(message, "{") {
			session.Write([]byte(message))
		} else {
			c.Write([]byte(message))
		}
		c.CloseWrite()
		if b, _ := io.ReadAll(c); len(b) > 0 {
			t.Errorf("%q is answered: %q", message, b)
		}
	}
	if o := p.server.Stop(); o.Number("malformed") != 3 || o.Number("unauthenticated") != 0 || o.Number("denied") != 0 {
		t.Errorf("the server's result: %v\n%s", o.Result, o.Stderr)
	}
}
