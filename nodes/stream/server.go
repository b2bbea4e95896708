package stream

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Server takes clients until its context ends.
//
//	Clients 1, Refuse nil    iterative: one to its end, the others wait in the listen queue
//	Clients n, Refuse nil    n at once, more wait in the listen queue
//	Clients n, Refuse set    n at once, more are turned away
type Server struct {
	Listener *net.TCPListener
	Clients  int           // served at the same time; 0 means 1
	Idle     time.Duration // of each connection, see Conn
	Stuck    time.Duration // of each connection, see Conn

	// Serve serves one client. Its connection is closed afterwards, and when ctx ends.
	Serve func(ctx context.Context, conn *Conn)
	// Refuse, unless nil, is told of a client that comes when the house is full; its
	// connection is closed afterwards. It must not take long: nobody is accepted meanwhile.
	Refuse func(conn *Conn)
	Logf   func(format string, args ...any)
}

// Run serves until ctx ends or the listener is closed, and returns when the last client
// has been left and the port is free.
func (s *Server) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer s.closing(ctx)()
	defer cancel() // before waiting for them
	places := make(chan struct{}, max(s.Clients, 1))
	for s.place(ctx, places) {
		conn := s.accept(ctx)
		if conn == nil {
			return
		}
		if s.Refuse != nil && !tryPlace(places) {
			s.Refuse(conn)
			conn.Close()
			continue
		}
		clients.Go(func() {
			defer func() { <-places }()
			defer conn.Close()
			defer Interrupt(ctx, conn)()
			s.Serve(ctx, conn)
		})
	}
}

// closing closes the listener when ctx ends. The result waits for that.
func (s *Server) closing(ctx context.Context) (wait func()) {
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		s.Listener.Close()
		close(closed)
	})
	return func() { <-closed }
}

// place waits for room before a client is accepted, unless clients are turned away; false
// once the context has ended.
func (s *Server) place(ctx context.Context, places chan struct{}) bool {
	if s.Refuse != nil {
		return ctx.Err() == nil
	}
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func tryPlace(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

// pause is how long to wait when the process has no descriptor left.
const pause = 50 * time.Millisecond

// accept waits for the next client; nil once it is over.
func (s *Server) accept(ctx context.Context) *Conn {
	for {
		conn, err := s.Listener.AcceptTCP()
		switch {
		case err == nil && ctx.Err() == nil:
			return &Conn{TCPConn: conn, Idle: s.Idle, Stuck: s.Stuck}
		case err == nil:
			conn.Close()
			return nil
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		}
		s.Logf("%v", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
