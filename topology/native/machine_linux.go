package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"

	"netsim/nodes/agent"
	"netsim/topology"
)

// machine is all nodes of a network, served by one agent.
type machine struct {
	network *network
	oracle  *topology.Oracle
	dir     string

	mu        sync.Mutex
	launchers map[string]*agent.Launcher // by node, made when something runs there first
}

func newMachine(o order, progress func(topology.Progress)) (*machine, error) {
	if err := sealMachine(o.Dir); err != nil {
		return nil, err
	}
	n, err := build(o.Plan, progress)
	if err != nil {
		return nil, err
	}
	return &machine{network: n, oracle: topology.NewOracle(o.Plan), dir: o.Dir, launchers: map[string]*agent.Launcher{}}, nil
}

// Configure is not called: the nodes are what the plan says before the agent serves.
func (m *machine) Configure(context.Context, agent.Setup) error {
	return errors.New("the nodes of a native network are configured already")
}

// Command finds the executable as the machine has it. netsim's own programs come from
// the running executable, whatever has become of its file.
func (m *machine) Command(node string, c topology.Command) (*exec.Cmd, error) {
	if m.network.plan.Node(node) == nil {
		return nil, fmt.Errorf("there is no node %s", node)
	}
	dir := workDir(m.dir, node)
	return agent.Prepare(c, dir, append(inherited(os.Environ()), "HOME="+dir, "TMPDIR="+dir, "HOSTNAME="+node))
}

// Start starts a prepared command on the node's own thread.
func (m *machine) Start(node string, cmd *exec.Cmd) error {
	l, err := m.launcher(node)
	if err != nil {
		return err
	}
	return l.Start(cmd)
}

// launcher is the thread that stands on a node: in its network namespace, with its
// hostname, hosts file and view of /sys, and without privileges.
func (m *machine) launcher(node string) (*agent.Launcher, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.launchers[node]; l != nil {
		return l, nil
	}
	if err := prepare(m.dir, m.oracle, m.network.plan.Node(node)); err != nil {
		return nil, err
	}
	l, err := agent.NewLauncher(func() error { return m.enter(node) })
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", node, err)
	}
	m.launchers[node] = l
	return l, nil
}

// enter moves the calling thread to the node.
func (m *machine) enter(node string) error {
	if err := unix.Setns(int(m.network.nodes[node].Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWUTS); err != nil {
		return fmt.Errorf("mount and UTS namespaces: %w", err)
	}
	if err := unix.Sethostname([]byte(node)); err != nil {
		return fmt.Errorf("hostname: %w", err)
	}
	if err := dressNode(m.dir, node); err != nil {
		return err
	}
	return startInit()
}
