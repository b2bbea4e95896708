package talk_test

import (
	"io"
	"net"
	"testing"
	"time"

	"netsim/nodes/nodestest"
)

// peer is a connection of a test's own; whatever does not come in time fails the test.
type peer struct {
	*net.TCPConn
	t *testing.T
}

func dial(t *testing.T, s *nodestest.Server) peer {
	t.Helper()
	return known(t, dialPort(t, s.Text("port")))
}

func dialPort(t *testing.T, port string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func known(t *testing.T, c net.Conn) peer {
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return peer{c.(*net.TCPConn), t}
}

func (p peer) says(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		p.t.Fatal(err)
	}
}

func (p peer) hears(want string) {
	p.t.Helper()
	b := make([]byte, len(want))
	if n, err := io.ReadFull(p, b); err != nil || string(b) != want {
		p.t.Fatalf("heard %q, %v; want %q", b[:n], err, want)
	}
}

// ends waits for the other end to hang up.
func (p peer) ends() {
	p.t.Helper()
	if b, err := io.ReadAll(p); err != nil || len(b) > 0 {
		p.t.Fatalf("heard %q, %v; want the end", b, err)
	}
}

// listener is a server of a test's own.
type listener struct {
	net.Listener
	port string
}

func listen(t *testing.T) listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return listener{l, port}
}

func (l listener) accept(t *testing.T) peer {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return known(t, c)
}
