package talk

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
)

// connected are the two ends of a connection.
func connected(t *testing.T) (ours, theirs *net.TCPConn) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

// fill writes until nothing more is taken.
func fill(t *testing.T, c, to *net.TCPConn) {
	c.SetWriteBuffer(4096) // no longer grows by itself
	to.SetReadBuffer(4096)
	for range 1000 {
		c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		if _, err := c.Write(make([]byte, 1<<20)); err != nil {
			c.SetWriteDeadline(time.Time{})
			return
		}
	}
	t.Fatal("a connection without an end")
}

// A word that the server does not take is given up with the q behind it, long before --stuck.
func TestWordThatIsNotTaken(t *testing.T) {
	ours, theirs := connected(t)
	fill(t, ours, theirs)
	io.WriteString(theirs, "\x01\x00\x00\x00a")
	p := Program()
	p.Forms[1].Run = func(ctx context.Context, call *nodes.Call) error { return joined(ctx, call, wire{framed: true}, ours) }
	s := nodestest.Start(t, p, "talk", "127.0.0.1", "--stuck", "10m", "--linger", "50ms")
	s.Await("message")
	s.Send(strings.Repeat("x", 60_000))
	s.Send("q")
	if o := s.Wait(); o.Error() != nodes.Timeout || o.Result["reason"] != "stuck" || o.Number("unsent") != 1 {
		t.Errorf("got %v", o.Result)
	}
}
