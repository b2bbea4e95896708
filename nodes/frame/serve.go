package frame

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/framing"
	"netsim/nodes/lookup"
	"netsim/nodes/stream"
)

// shown is how much of a text an event has, in bytes; told is how many events a run has.
const (
	shown = 1024
	told  = 10_000
)

// server is one run of `frame serve`.
type server struct {
	call  *nodes.Call
	codec framing.Codec

	mu     sync.Mutex
	counts counts
}

// counts is what the result says.
type counts struct {
	clients, reads, messages, events int
	bytes                            int64
	endings                          map[string]int // by reason
}

// client is one connection of a server.
type client struct {
	*server
	number int
	name   string
	conn   *stream.Conn
}

func codec(call *nodes.Call) framing.Codec {
	return framing.Codec{BigEndian: call.Bool("big-endian"), Max: int(call.Size("max"))}
}

// needs is a usage error when a flag was given that means nothing beside or without --raw.
func needs(call *nodes.Call, raw bool, flags ...string) error {
	for _, flag := range flags {
		if call.Has(flag) && call.Bool("raw") != raw {
			if raw {
				return &nodes.UsageError{Message: "frame: --" + flag + " is for raw streams", Hint: "add --raw"}
			}
			return &nodes.UsageError{Message: "frame: --" + flag + " is for framed messages", Hint: "leave out --raw"}
		}
	}
	return nil
}

func serve(ctx context.Context, call *nodes.Call) error {
	if err := errors.Join(needs(call, true, "pause", "buffer"), needs(call, false, "big-endian", "max")); err != nil {
		return err
	}
	l, err := stream.Listen(call.Int("port"))
	if err != nil {
		return err
	}
	s := &server{call: call, codec: codec(call), counts: counts{endings: map[string]int{}}}
	call.Ready(nodes.Values{"address": l.Addr().String(), "port": l.Addr().(*net.TCPAddr).Port})
	tcp := stream.Server{Listener: l, Clients: call.Int("clients"), Evict: true, Idle: call.Duration("idle"), Serve: s.serve, Logf: call.Logf}
	tcp.Run(ctx)
	s.result(tcp.Evicted())
	return nil
}

// serve serves one client to its end.
func (s *server) serve(ctx context.Context, conn *stream.Conn) {
	c := &client{server: s, conn: conn, name: lookup.Name(stream.Remote(conn).Addr())}
	s.count(func(n *counts) {
		n.clients++
		c.number = n.clients
	})
	c.tell("client", nodes.Values{})
	next := c.message
	if s.call.Bool("raw") {
		next = c.reader(ctx)
	}
	var err error
	for err == nil {
		err = next()
	}
	c.left(err)
}

// reader tells read by read.
func (c *client) reader(ctx context.Context) func() error {
	b := make([]byte, c.call.Size("buffer"))
	busy := c.call.Duration("pause")
	return func() error {
		nodes.Pause(ctx, busy)
		n, err := c.conn.Read(b)
		if n > 0 {
			c.conn.Keep()
			c.count(func(s *counts) {
				s.reads++
				s.bytes += int64(n)
			})
			c.tell("read", nodes.Values{"text": excerpt(b[:n]), "bytes": n})
		}
		return err
	}
}

// message tells the next message.
func (c *client) message() error {
	b, err := framing.Timed{Codec: c.codec, Conn: c.conn.TCPConn, Within: c.conn.Idle}.Read()
	if err != nil {
		return err
	}
	c.conn.Keep()
	c.count(func(s *counts) {
		s.messages++
		s.bytes += int64(len(b))
	})
	c.tell("message", nodes.Values{"text": excerpt(b), "bytes": len(b)})
	return nil
}

// left tells why a client is served no more.
func (c *client) left(err error) {
	reason := reasonFor(err)
	if c.conn.Evicted() {
		reason = "evicted"
	}
	c.count(func(s *counts) { s.endings[reason]++ })
	var f *nodes.Failure
	if errors.As(err, &f) {
		c.tell("bad", nodes.Values{"error": string(f.Word), "detail": f.Detail})
	}
	c.tell("left", nodes.Values{"reason": reason})
}

func reasonFor(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "end"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "idle"
	case errors.Is(err, net.ErrClosed):
		return "stopped"
	}
	return string(nodes.WordOf(err))
}

// tell emits an event, unless there were too many.
func (c *client) tell(event string, v nodes.Values) {
	n := 0
	c.count(func(s *counts) {
		s.events++
		n = s.events
	})
	if n <= told {
		v["client"], v["from"] = c.number, c.name
		c.call.Event(event, v)
	}
	if n == told+1 {
		c.call.Logf("%d events were told; what comes now is only counted", told)
	}
}

func (s *server) count(change func(*counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.counts)
}

func (s *server) result(evicted int64) {
	n := s.counts
	s.call.Result(nodes.Values{
		"clients": n.clients, "reads": n.reads, "messages": n.messages, "bytes": n.bytes,
		"corrupted": n.endings[string(nodes.Corrupted)], "truncated": n.endings[string(nodes.Truncated)],
		"idle": n.endings["idle"], "evicted": evicted, "untold": max(0, n.events-told),
	})
}

// excerpt is what an event has of a text.
func excerpt(b []byte) string {
	return strings.ToValidUTF8(string(charset.Cut(b, shown)), "\uFFFD")
}
