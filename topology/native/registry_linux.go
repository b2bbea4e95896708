package native

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes/agent"
	"netsim/topology"
)

// A network's process listens under a name in the abstract socket namespace, which
// the kernel forgets with the process:
//
//	@netsim/USER-ID/RUN
//
// Anybody on the machine may use such a name, so both ends look at who the other is
// (SO_PEERCRED) and talk to the same user only.
func socketName(run string) string { return socketPrefix() + run }

func socketPrefix() string { return fmt.Sprintf("@netsim/%d/", os.Geteuid()) }

// announce opens the socket by which a run is found. The network's process inherits it.
func announce(run string) (*os.File, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socketName(run), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", run, err)
	}
	defer l.Close()
	return l.File()
}

// List asks every network of this user on this machine what it is.
func (d *Driver) List(ctx context.Context) ([]topology.Kept, error) {
	runs, err := runs("/proc/net/unix")
	if err != nil {
		return nil, err
	}
	asked := make([]*topology.Kept, len(runs))
	var all sync.WaitGroup
	for i, run := range runs {
		all.Go(func() {
			if c, about, err := dial(ctx, run); err == nil { // or it ended meanwhile, or is not built yet
				c.Close()
				asked[i] = &about
			}
		})
	}
	all.Wait()
	var list []topology.Kept
	for _, about := range asked {
		if about != nil {
			list = append(list, *about)
		}
	}
	return list, nil
}

// runs reads the names of listening sockets that are ours, sorted.
func runs(table string) ([]string, error) {
	f, err := os.Open(table)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		_, run, ours := strings.Cut(lines.Text(), " "+socketPrefix())
		if ours && !slices.Contains(names, run) {
			names = append(names, run)
		}
	}
	slices.Sort(names)
	return names, nil
}

// dial connects to a network. It greets with a value that says what it is, then
// speaks the agent's protocol.
func dial(ctx context.Context, run string) (net.Conn, topology.Kept, error) {
	var about topology.Kept
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socketName(run))
	if errors.Is(err, unix.ECONNREFUSED) {
		return nil, about, fmt.Errorf("no native network %s is up", run)
	}
	if err != nil {
		return nil, about, err
	}
	if err := sameUser(conn); err != nil {
		conn.Close()
		return nil, about, err
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	if err := receive(oneByte{conn}, &about); err != nil {
		conn.Close()
		return nil, about, fmt.Errorf("native network %s does not answer: %w", run, err)
	}
	conn.SetReadDeadline(time.Time{})
	return conn, about, nil
}

// patience is how long a network may take to say what it is. One that is still being
// built does not.
const patience = 2 * time.Second

// oneByte reads a byte at a time, and so takes nothing of what the agent says next.
type oneByte struct{ net.Conn }

func (o oneByte) Read(p []byte) (int, error) { return o.Conn.Read(p[:1]) }

// sameUser refuses a peer that is another user's process.
func sameUser(conn net.Conn) error {
	cred, err := peer(conn)
	if err == nil && int(cred.Uid) != os.Geteuid() {
		return fmt.Errorf("the process at the other end belongs to user %d", cred.Uid)
	}
	return err
}

// Open connects to a network; closing the World only lets go of it.
func (d *Driver) Open(ctx context.Context, run string) (topology.World, error) {
	conn, _, err := dial(ctx, run)
	if err != nil {
		return nil, err
	}
	return &guest{cabling{agent.Connect(conn)}}, nil
}

// guest is a network that another process brought up.
type guest struct{ cabling }

func (g *guest) Start(ctx context.Context, node string, c topology.Command) (topology.Process, error) {
	return startOn(ctx, g.client, node, c)
}

func (g *guest) Close() error { return g.client.Close() }

// Down ends the network's process and waits until its name is gone. It dials twice: while the
// network is being built, who listens at the other end is the process that ordered it.
func (d *Driver) Down(ctx context.Context, run string) error {
	built, _, err := dial(ctx, run)
	if err != nil {
		return err
	}
	built.Close()
	conn, _, err := dial(ctx, run)
	if err != nil {
		return err
	}
	defer conn.Close()
	return endPeer(ctx, conn)
}

// Sweep has nothing to do: the kernel has done it.
func (d *Driver) Sweep(context.Context) ([]string, error) { return nil, nil }
