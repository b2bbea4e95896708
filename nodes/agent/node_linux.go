package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"netsim/topology"
	"netsim/topology/kernel"
	"netsim/topology/wire"
)

// WorkDir is a container's directory for the node's files, and where programs start.
const WorkDir = "/work"

// Node is the Machine of a container: one node, in the namespaces of this process.
type Node struct {
	launcher *Launcher
	panel    wire.Panel
	power    Switch

	mu   sync.Mutex
	node topology.Node // without a name until it is configured
}

// NewNode makes the machine; Close ends its thread.
func NewNode() (*Node, error) {
	l, err := NewLauncher(nil)
	if err != nil {
		return nil, err
	}
	return &Node{launcher: l}, nil
}

// Close ends the thread that starts programs, and the wires.
func (n *Node) Close() {
	n.launcher.Close()
	n.panel.Close()
}

// Configure makes this process's network namespace match the node of the plan, and writes
// its hosts file and its files. It needs CAP_NET_ADMIN.
func (n *Node) Configure(_ context.Context, s Setup) error {
	if err := removeDockerResolver(); err != nil {
		return fmt.Errorf("%s: docker's resolver: %w", s.Node.Name, err)
	}
	if err := n.connect(s); err != nil {
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
	n.node = s.Node
	return nil
}

// connect configures the network and lays the wires. A second time the panel keeps those that it has.
func (n *Node) connect(s Setup) error {
	ns, err := kernel.Self()
	if err != nil {
		return err
	}
	if err := ns.Configure(s.Node, s.Cables); err != nil || len(s.Node.Interfaces) == 0 {
		ns.Close()
		return err
	}
	return n.panel.Lay(wire.Place{Namespace: ns, NetNS: wire.Here}, s.Seed, s.Node)
}

// self is the node that this is; an error where another is meant, or it is none yet.
func (n *Node) self(name string) (topology.Node, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.node.Name != name {
		return n.node, fmt.Errorf("agent: this is node %q, not %q", n.node.Name, name)
	}
	return n.node, nil
}

// isShared says whether programs of an image of the user's own can send the agent signals.
func (n *Node) isShared() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.node.Image != ""
}

// Command prepares a command of this node.
func (n *Node) Command(node string, c topology.Command) (*exec.Cmd, error) {
	if _, err := n.self(node); err != nil {
		return nil, err
	}
	return Prepare(c, WorkDir, os.Environ())
}

// Start starts it without capabilities.
func (n *Node) Start(node string, cmd *exec.Cmd) error {
	return n.power.WhenOn(node, func() error { return n.launcher.Start(cmd) })
}

// SetLink changes what a link does. A wire that is laid for it brings its interface up: a node that is
// off is silenced again.
func (n *Node) SetLink(node, network string, l topology.Link) error {
	self, err := n.self(node)
	if err != nil {
		return err
	}
	if len(self.Interfaces) == 0 {
		return fmt.Errorf("%s is on no network", node)
	}
	return n.power.While(node, func(off *Off) error {
		err := n.panel.Set(node, network, l)
		if off.Killed() {
			err = errors.Join(err, silence(self))
		}
		return err
	})
}

// Links are the node's links, in order of its interfaces.
func (n *Node) Links(node string) ([]topology.LinkState, error) {
	if self, err := n.self(node); err != nil || len(self.Interfaces) == 0 {
		return nil, err
	}
	return n.panel.Links(node)
}

// Faults are what the links have done since the last call.
func (n *Node) Faults() []topology.Fault { return n.panel.Faults() }

// On is nil where programs can be started.
func (n *Node) On(node string) error { return n.power.WhenOn(node, nil) }

// Power switches the node off or on.
func (n *Node) Power(node string, p topology.Power) error {
	self, err := n.self(node)
	if err != nil {
		return err
	}
	return n.power.Turn(node, p, container{self})
}

// removeDockerResolver takes away the name server that Docker offers on its own networks:
// its address in resolv.conf, and the address translation that leads there. The file is
// a mount and is emptied in place; a node resolves names by its hosts file alone.
func removeDockerResolver() error {
	if err := os.Truncate("/etc/resolv.conf", 0); err != nil && !os.IsNotExist(err) {
		return err
	}
	return removeNATTables()
}
