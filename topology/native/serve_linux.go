package native

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes/agent"
	"netsim/topology"
)

// Descriptors that the network's process is started with.
const (
	streamFD   = 3 // to the driver
	listenerFD = 4 // for other netsim commands
)

// Main is `netsim native serve`, the process that holds a network, `netsim native init`, the first
// process of a node, and `netsim native try` and `trylink`, which find out whether there can be a network, and impaired links. Each is
// started in namespaces of its own. It returns the exit status.
func Main(args []string) int {
	modes := map[string]func() error{"serve": serve, "try": try, "trylink": tryLink, "init": initNode}
	if len(args) != 1 || modes[args[0]] == nil || os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "netsim native: started by `netsim up --driver native`, not by hand")
		return 2
	}
	if err := modes[args[0]](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serve() error {
	inherited := os.NewFile(streamFD, "stream")
	stream, err := net.FileConn(inherited)
	if err != nil {
		return err
	}
	inherited.Close()
	if err := agent.Seal(); err != nil {
		return err
	}
	var o order
	if err := receive(stream, &o); err != nil {
		return err
	}
	built := make(chan struct{})
	go endWithDriver(stream, built)
	if err := hold(o.Dir); err != nil {
		return send(stream, report{Error: err.Error()})
	}
	m, err := newMachine(o, func(p topology.Progress) { send(stream, report{Progress: &p}) })
	if err != nil {
		return send(stream, report{Error: err.Error()})
	}
	listener, err := listen(o)
	if err != nil {
		return send(stream, report{Error: err.Error()})
	}
	if err := send(stream, report{Ready: true}); err != nil {
		return err
	}
	close(built)
	server := &agent.Server{Machine: m}
	ctx := context.Background()
	go server.Listen(ctx, listener)
	return server.Serve(ctx, stream)
}

// hold takes a shared lock on the run's folder (flock(2)), for as long as this process lives:
// whoever tidies up among folders of runs leaves it alone.
func hold(dir string) error {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return unix.Flock(fd, unix.LOCK_SH)
}

// endWithDriver ends the process, and so the network, when the driver is gone before the
// network is built. Nobody reads from the stream until then.
func endWithDriver(stream net.Conn, built <-chan struct{}) {
	raw, err := stream.(*net.UnixConn).SyscallConn()
	if err != nil {
		return
	}
	for {
		select {
		case <-built:
			return
		case <-time.After(driverPause):
		}
		_ = raw.Control(func(fd uintptr) {
			if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd)}}, 0); n > 0 && err == nil { // POLLHUP is always asked for
				os.Exit(1)
			}
		})
	}
}

// driverPause is between two looks at the driver.
const driverPause = 5 * time.Millisecond

// listen takes over the inherited socket. Listening again makes this process the one that
// peers see at the other end (unix(7), SO_PEERCRED).
func listen(o order) (net.Listener, error) {
	if err := unix.Listen(listenerFD, 64); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	inherited := os.NewFile(listenerFD, "listener")
	defer inherited.Close()
	l, err := net.FileListener(inherited)
	if err != nil {
		return nil, err
	}
	return &greeter{l, about(o)}, nil
}

func about(o order) topology.Kept {
	k := topology.Kept{Run: o.Run, Scenario: o.Plan.Name, Driver: "native", Since: o.Since, Kept: o.Keep}
	for _, n := range o.Plan.Nodes {
		k.Nodes = append(k.Nodes, n.Name)
	}
	return k
}

// greeter says on each connection first which network this is. Whoever is not the
// user that runs the network gets nothing.
type greeter struct {
	net.Listener
	about topology.Kept
}

func (g *greeter) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if sameUser(conn) == nil && send(conn, g.about) == nil {
			return conn, nil
		}
		conn.Close()
	}
}
