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
//	… and Evict              before that, who has asked nothing yet makes room: see House
type Server struct {
	Listener *net.TCPListener
	Clients  int           // served at the same time; 0 means 1
	Idle     time.Duration // of each connection, see Conn
	Stuck    time.Duration // of each connection, see Conn

	// Serve serves one client. Its connection is closed afterwards, and when ctx ends. Where the server evicts, it
	// calls Keep once the client has asked something sensible.
	Serve func(ctx context.Context, conn *Conn)
	// Refuse, unless nil, is told of a client that comes when the house is full; its
	// connection is closed afterwards. It must not take long: nobody is accepted meanwhile.
	Refuse func(conn *Conn)
	Evict  bool
	Logf   func(format string, args ...any)

	house House
	full  bool // the process has no descriptor left, which was logged
}

// Run serves until ctx ends or the listener is closed, and returns when the last client
// has been left and the port is free.
func (s *Server) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer s.closing(ctx)()
	defer cancel() // before waiting for them
	s.house.Places, s.house.Evict, s.house.Logf = s.Clients, s.Evict, s.Logf
	for s.room(ctx) {
		conn := s.accept(ctx)
		if conn == nil {
			return
		}
		ctx, end := context.WithCancel(ctx)
		conn.end = end
		if !s.house.Enter(ctx, conn, s.Refuse == nil) {
			s.refuse(ctx, conn)
			end()
			continue
		}
		clients.Go(func() {
			defer s.house.Leave(conn)
			defer end()
			defer conn.Close()
			defer Interrupt(ctx, conn)()
			s.Serve(ctx, conn)
		})
	}
}

// refuse turns a client away.
func (s *Server) refuse(ctx context.Context, conn *Conn) {
	defer conn.Close()
	if s.Refuse != nil && ctx.Err() == nil {
		s.Refuse(conn)
	}
}

// Evicted is how many clients had to make room.
func (s *Server) Evicted() int64 { return s.house.Evicted() }

// closing closes the listener when ctx ends. The result waits for that.
func (s *Server) closing(ctx context.Context) (wait func()) {
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		s.Listener.Close()
		close(closed)
	})
	return func() { <-closed }
}

// room waits for room before a client is accepted, unless that turns out afterwards; false once the
// context has ended.
func (s *Server) room(ctx context.Context) bool {
	if s.Refuse != nil || s.Evict {
		return ctx.Err() == nil
	}
	return s.house.wait(ctx)
}

// pause is how long to wait when the process has no descriptor left.
const pause = 50 * time.Millisecond

// accept waits for the next client; nil once it is over.
func (s *Server) accept(ctx context.Context) *Conn {
	for {
		conn, err := s.Listener.AcceptTCP()
		switch {
		case err == nil && ctx.Err() == nil:
			s.full = false
			return NewConn(conn, s.Idle, s.Stuck)
		case err == nil:
			conn.Close()
			return nil
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		}
		if !s.full { // once, until there is one again
			s.full = true
			s.Logf("%v", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
