package web

import (
	"context"
	"net"
	"net/http"
)

// insideKey is where a request's context has its connection.
type insideKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, insideKey{}, c)
}

// asked notes that a whole request has come: its connection keeps its place.
func asked(r *http.Request) {
	if c, ok := r.Context().Value(insideKey{}).(*inside); ok {
		c.open.Store(false)
		c.whole.Store(true)
		c.guest.Keep()
	}
}

// watch sees what becomes of a connection. What net/http answers by itself (400, 431), and whoever it leaves without an
// answer, no handler sees.
func (s *server) watch(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*inside)
	if !ok {
		return
	}
	switch state {
	case http.StateActive:
		c.open.Store(true)
	case http.StateIdle:
		c.guest.Spare()
	case http.StateClosed:
		if (c.open.Load() || !c.whole.Load()) && !c.guest.Evicted() {
			s.complain(c)
		}
	}
}

// complain counts nobody who was still there when the server ended.
func (s *server) complain(c *inside) {
	if s.door.ctx.Err() != nil || !s.answering.enter() {
		return
	}
	defer s.answering.leave()
	if n, log := s.requestless.Add(); log {
		s.call.Logf("%s has left or was left without a whole request, %d in all", c.RemoteAddr(), n)
	}
}
