package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/stream"
)

// start runs a server and returns its address and what ends it, waiting for that.
func start(t *testing.T, s *stream.Server) (netip.AddrPort, func()) {
	t.Helper()
	l, err := stream.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	s.Listener, s.Logf = l, t.Logf
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	stop := func() {
		cancel()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Error("the server does not end")
		}
	}
	t.Cleanup(stop)
	port := l.Addr().(*net.TCPAddr).Port
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)), stop
}

func dial(t *testing.T, server netip.AddrPort) *net.TCPConn {
	t.Helper()
	c, err := stream.Dial(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func greet(_ context.Context, c *stream.Conn) {
	fmt.Fprint(c, "hello")
	io.Copy(io.Discard, c)
}

func hears(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != want {
		t.Fatalf("got %q, %v", b, err)
	}
}

func TestMoreClientsWait(t *testing.T) {
	server, _ := start(t, &stream.Server{Clients: 2, Serve: greet})
	first, second, third := dial(t, server), dial(t, server), dial(t, server)
	hears(t, first, "hello")
	hears(t, second, "hello")
	third.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := third.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the third one is served: %d, %v", n, err)
	}
	third.SetReadDeadline(time.Now().Add(20 * time.Second))
	first.Close()
	hears(t, third, "hello")
}

func TestMoreClientsAreTurnedAway(t *testing.T) {
	var refused atomic.Int64
	server, stop := start(t, &stream.Server{Clients: 1, Serve: greet, Refuse: func(c *stream.Conn) {
		refused.Add(1)
		fmt.Fprint(c, "full")
	}})
	first := dial(t, server)
	hears(t, first, "hello")
	for range 3 {
		hears(t, dial(t, server), "full")
	}
	stop()
	if refused.Load() != 3 {
		t.Errorf("%d refused, want 3", refused.Load())
	}
}

// Whoever says nothing and whoever reads nothing is left after a while.
func TestDeadClientsAreLeft(t *testing.T) {
	ended := make(chan error, 2)
	server, _ := start(t, &stream.Server{Clients: 2, Idle: 50 * time.Millisecond, Stuck: 50 * time.Millisecond, Serve: func(_ context.Context, c *stream.Conn) {
		b := make([]byte, 8)
		n, err := c.Read(b)
		if n > 0 {
			_, err = c.Write([]byte(strings.Repeat("x", 64<<20)))
		}
		ended <- err
	}})
	dial(t, server)
	fmt.Fprint(dial(t, server), "say much")
	for range 2 {
		select {
		case err := <-ended:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("a dead client is still served")
		}
	}
}

// A server stops with clients in every state, and its port can be had again at once.
func TestStopAndListenAgain(t *testing.T) {
	for range 3 {
		server, stop := start(t, &stream.Server{Clients: 1, Serve: greet})
		hears(t, dial(t, server), "hello")
		dial(t, server)
		stop()
		l, err := stream.Listen(int(server.Port()))
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}

func TestPortInUse(t *testing.T) {
	server, _ := start(t, &stream.Server{Serve: greet})
	if l, err := stream.Listen(int(server.Port())); nodes.WordOf(err) != nodes.AddressInUse {
		t.Errorf("got %v, %v", l, err)
	}
}
