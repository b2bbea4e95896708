package stream_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"netsim/nodes/stream"
)

// echoes keeps whoever says something, and a client that says s is spare again.
func echoes(_ context.Context, c *stream.Conn) {
	b := make([]byte, 1)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
		c.Keep()
		if b[0] == 's' {
			c.Spare()
		}
		c.Write(b)
	}
}

func says(t *testing.T, c net.Conn, text string) {
	t.Helper()
	fmt.Fprint(c, text)
	hears(t, c, text)
}

// ended waits for the end of a connection.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	if n, err := c.Read(make([]byte, 1)); n != 0 || isTimeout(err) {
		t.Fatalf("still there: %d, %v", n, err)
	}
}

func isTimeout(err error) bool {
	t, ok := err.(net.Error)
	return ok && t.Timeout()
}

// However many say nothing, whoever asks something is served while they stay, and keeps its place.
func TestSilentClientsMakeRoom(t *testing.T) {
	for name, refuse := range map[string]func(*stream.Conn){"others wait": nil, "others are refused": func(*stream.Conn) {}} {
		t.Run(name, func(t *testing.T) {
			s := &stream.Server{Clients: 4, Evict: true, Serve: echoes, Refuse: refuse}
			server, stop := start(t, s)
			kept := dial(t, server)
			says(t, kept, "x")
			var silent []net.Conn
			for range 10 {
				silent = append(silent, dial(t, server))
			}
			says(t, dial(t, server), "y")
			for _, c := range silent[:8] { // all but the youngest two
				ended(t, c)
			}
			says(t, silent[9], "z")
			says(t, kept, "x")
			stop()
			if s.Evicted() != 8 {
				t.Errorf("%d evicted, want 8", s.Evicted())
			}
		})
	}
}

// Where all have asked something, more are turned away as ever; who is done makes room, the one who has been longest so
// first.
func TestKeptAndSpare(t *testing.T) {
	var refused atomic.Int64
	s := &stream.Server{Clients: 2, Evict: true, Serve: echoes, Refuse: func(c *stream.Conn) {
		refused.Add(1)
		io.WriteString(c, "full")
	}}
	server, stop := start(t, s)
	first, second := dial(t, server), dial(t, server)
	says(t, first, "x")
	says(t, second, "x")
	hears(t, dial(t, server), "full")
	says(t, second, "s")
	says(t, first, "s")
	third := dial(t, server)
	says(t, third, "x")
	ended(t, second)
	says(t, first, "x")
	hears(t, dial(t, server), "full")
	stop()
	if s.Evicted() != 1 || refused.Load() != 2 {
		t.Errorf("%d evicted, %d refused", s.Evicted(), refused.Load())
	}
}

// Where more wait, one who waits gets the place of the first who is done.
func TestWaitingForASpareOne(t *testing.T) {
	server, _ := start(t, &stream.Server{Clients: 1, Evict: true, Serve: echoes})
	first := dial(t, server)
	says(t, first, "x")
	second := dial(t, server)
	fmt.Fprint(second, "y")
	fmt.Fprint(first, "s")
	hears(t, second, "y")
}

// A reader that takes a little now and then is not dead, though a large buffer hides that for longer than Stuck.
func TestSlowReaderIsNotStuck(t *testing.T) {
	const size = 32 << 20
	result := make(chan error, 1)
	server, _ := start(t, &stream.Server{Stuck: 500 * time.Millisecond, Serve: func(_ context.Context, c *stream.Conn) {
		c.SetWriteBuffer(1 << 20)
		_, err := c.Write(make([]byte, size))
		result <- err
	}})
	c, err := (&net.Dialer{Control: smallBuffer}).Dial("tcp4", server.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 40 {
		<-tick.C
		io.ReadFull(c, make([]byte, 2<<10))
	}
	go io.Copy(io.Discard, c)
	if err := <-result; err != nil {
		t.Errorf("got %v", err)
	}
}
