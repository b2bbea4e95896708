package agent

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Socket is where a container's agent takes guests: a Unix socket in its own file system, which an
// image of the user's own, that shares its network, does not see.
const Socket = "/agent.sock"

// reloads are signals by which servers are told something else than to end.
var reloads = []os.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM}

// Main is `netsim agent`. Without arguments it is a container's first process and serves
// its standard input and output, and guests at Socket; `dial` connects its standard
// input and output to that socket; `stop MARK` ends the programs with that mark. It
// returns the exit status.
func Main(args []string) int {
	var err error
	switch {
	case len(args) == 0:
		err = serve()
	case len(args) == 1 && args[0] == "dial":
		err = dial()
	case len(args) == 2 && args[0] == "stop":
		stopMarked(args[1])
	default:
		fmt.Fprintf(os.Stderr, "netsim agent: unknown arguments %q: it is `netsim agent`, `netsim agent dial` or `netsim agent stop MARK`\n", args)
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "netsim agent:", err)
		return 1
	}
	return 0
}

func serve() error {
	broken := make(chan os.Signal, 1) // a broken standard output is an error of write, not the end
	signal.Notify(broken, syscall.SIGPIPE)
	signal.Notify(make(chan os.Signal, 1), reloads...) // an image may send them to process 1, and means its own
	if err := Seal(); err != nil {
		return err
	}
	node, err := NewNode()
	if err != nil {
		return err
	}
	defer node.Close()
	l, err := net.Listen("unix", Socket)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := &Server{Machine: node}
	var beside sync.WaitGroup
	beside.Go(func() { _ = server.Listen(ctx, l) })
	beside.Go(func() { server.reap(ctx) })
	beside.Go(func() { endBySignal(ctx, cancel, node) })
	defer beside.Wait()
	defer cancel()
	return server.Serve(ctx, standardStreams())
}

// endBySignal ends the agent by SIGTERM and SIGINT. One that an image shares its processes with is
// not ended so: `kill 1` is how programs end their own container.
func endBySignal(ctx context.Context, end func(), node *Node) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	for {
		select {
		case <-signals:
			if !node.isShared() {
				end()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// standardStreams are standard input and output as files whose reads and writes end when they
// are closed.
func standardStreams() io.ReadWriteCloser {
	s := stdio{}
	for fd, f := range map[int]**os.File{0: &s.in, 1: &s.out} {
		_ = unix.SetNonblock(fd, true)
		*f = os.NewFile(uintptr(fd), "stdio")
	}
	return s
}

type stdio struct{ in, out *os.File }

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }

func (s stdio) Close() error {
	s.in.Close()
	return s.out.Close()
}

// dial ends when either side does: the end of standard input is passed on, and the
// agent answers it by ending the stream.
func dial() error {
	c, err := net.Dial("unix", Socket)
	if err != nil {
		return err
	}
	defer c.Close()
	go func() {
		_, _ = io.Copy(c, os.Stdin)
		_ = c.(*net.UnixConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, c)
	return err
}
