package agent

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"netsim/topology"
	"netsim/topology/kernel"
)

// WorkDir is a container's directory for the node's files, and where programs start.
const WorkDir = "/work"

// Node is the Machine of a container: one node, in the namespaces of this process.
type Node struct {
	launcher *Launcher

	mu     sync.Mutex
	name   string // "" until it is configured
	shared bool   // others are in the agent's PID namespace
}

// NewNode makes the machine; Close ends its thread.
func NewNode() (*Node, error) {
	l, err := NewLauncher(nil)
	if err != nil {
		return nil, err
	}
	return &Node{launcher: l}, nil
}

// Close ends the thread that starts programs.
func (n *Node) Close() { n.launcher.Close() }

// Configure makes this process's network namespace match the node of the plan, and writes
// its hosts file and its files. It needs CAP_NET_ADMIN.
func (n *Node) Configure(_ context.Context, s Setup) error {
	ns, err := kernel.Self()
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := removeDockerResolver(); err != nil {
		return fmt.Errorf("%s: docker's resolver: %w", s.Node.Name, err)
	}
	if err := ns.Configure(s.Node, s.Cables); err != nil {
		return err
	}
	if err := kernel.WriteHosts("/etc/hosts", s.Names); err != nil {
		return err
	}
	if err := WriteFiles(WorkDir, s.Node.Files); err != nil {
		return fmt.Errorf("%s: %w", s.Node.Name, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.name, n.shared = s.Node.Name, s.Node.Image != ""
	return nil
}

// isShared says whether programs of an image of the user's own can send the agent signals.
func (n *Node) isShared() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.shared
}

// Command prepares a command of this node.
func (n *Node) Command(node string, c topology.Command) (*exec.Cmd, error) {
	n.mu.Lock()
	name := n.name
	n.mu.Unlock()
	if name != node {
		return nil, fmt.Errorf("agent: this is node %q, not %q", name, node)
	}
	return Prepare(c, WorkDir, os.Environ())
}

// Start starts it without capabilities.
func (n *Node) Start(_ string, cmd *exec.Cmd) error { return n.launcher.Start(cmd) }

// removeDockerResolver takes away the name server that Docker offers on its own networks:
// its address in resolv.conf, and the address translation that leads there. The file is
// a mount and is emptied in place; a node resolves names by its hosts file alone.
func removeDockerResolver() error {
	if err := os.Truncate("/etc/resolv.conf", 0); err != nil && !os.IsNotExist(err) {
		return err
	}
	return removeNATTables()
}
