package stream_test

import (
	"context"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"netsim/nodes/stream"
)

// smallBuffer keeps what waits to be read small.
func smallBuffer(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
}

// A process without descriptors says so once, not at each attempt.
func TestNoDescriptorIsLoggedOnce(t *testing.T) {
	l, err := stream.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	var logged atomic.Int64
	first := make(chan struct{}, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	s := &stream.Server{Listener: l, Serve: greet, Logf: func(string, ...any) {
		logged.Add(1)
		first <- struct{}{}
	}}
	done := make(chan struct{})
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: old.Max})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	<-first
	time.Sleep(300 * time.Millisecond) // some more attempts
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)
	c.SetDeadline(time.Now().Add(20 * time.Second))
	hears(t, c, "hello")
	cancel()
	<-done
	if logged.Load() != 1 {
		t.Errorf("logged %d times", logged.Load())
	}
}
