package agent

import (
	"context"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Server serves a machine's nodes over streams.
type Server struct {
	Machine Machine
	Lease   time.Duration // how long to live without hearing of a client; 0 is the constant Lease

	children children // of all streams
}

// Serve serves one stream with full rights; see Server.Serve.
func Serve(ctx context.Context, stream io.ReadWriteCloser, m Machine) error {
	return (&Server{Machine: m}).Serve(ctx, stream)
}

// Serve serves the stream of the nodes' owner. It returns when the stream or ctx ends
// and nothing runs any more that was started over it. After keep it returns when ctx
// ends. An error says what was wrong with the stream.
func (s *Server) Serve(ctx context.Context, stream io.ReadWriteCloser) error {
	return s.session(stream, true).serve(ctx)
}

// Listen serves guests, who may start programs and change links but no more, until
// ctx ends. What a guest has started ends with his stream. It closes the listener.
func (s *Server) Listen(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var guests sync.WaitGroup
	defer guests.Wait()
	for {
		stream, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		guests.Go(func() { _ = s.session(stream, false).serve(ctx) })
	}
}

// reap reaps orphans as they end, until ctx ends: those of programs that others have started
// in this process's PID namespace, too.
func (s *Server) reap(ctx context.Context) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	defer signal.Stop(ended)
	for {
		select {
		case <-ended:
			s.children.reapStrays()
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) session(stream io.ReadWriteCloser, owner bool) *session {
	lease := s.Lease
	if lease == 0 {
		lease = Lease
	}
	return &session{
		conn:     newConn(stream),
		machine:  s.Machine,
		children: &s.children,
		lease:    lease,
		owner:    owner,
		programs: map[uint64]*program{},
	}
}
