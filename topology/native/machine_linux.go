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
	"netsim/topology/wire"
)

// machine is all nodes of a network, served by one agent.
type machine struct {
	network *network
	oracle  *topology.Oracle
	dir     string

	panel wire.Panel // where the network has wires, and where somebody asks for links

	mu   sync.Mutex
	laid map[string]bool // nodes that the panel knows

	posts map[string]*post // by node
}

// post is where programs of a node are started.
type post struct {
	machine *machine
	node    *topology.Node
	power   agent.Switch

	mu       sync.Mutex
	launcher *agent.Launcher // made when something runs there first, and again after a cut
	first    *process1
}

func newMachine(o order, progress func(topology.Progress)) (*machine, error) {
	if err := sealMachine(o.Dir); err != nil {
		return nil, err
	}
	n, err := build(o.Plan, progress)
	if err != nil {
		return nil, err
	}
	m := &machine{network: n, oracle: topology.NewOracle(o.Plan), dir: o.Dir, laid: map[string]bool{}, posts: map[string]*post{}}
	for i := range o.Plan.Nodes {
		node := &o.Plan.Nodes[i]
		m.posts[node.Name] = &post{machine: m, node: node}
		if node.Wired() {
			if err := m.lay(node); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// Configure is not called: the nodes are what the plan says before the agent serves.
func (m *machine) Configure(context.Context, agent.Setup) error {
	return errors.New("the nodes of a native network are configured already")
}

// post finds a node's.
func (m *machine) post(node string) (*post, error) {
	if p := m.posts[node]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no node %s", node)
}

// Command finds the executable as the machine has it. netsim's own programs come from
// the running executable, whatever has become of its file.
func (m *machine) Command(node string, c topology.Command) (*exec.Cmd, error) {
	if _, err := m.post(node); err != nil {
		return nil, err
	}
	dir := workDir(m.dir, node)
	return agent.Prepare(c, dir, append(inherited(os.Environ()), "HOME="+dir, "TMPDIR="+dir, "HOSTNAME="+node))
}

// Start starts a prepared command on the node's own thread.
func (m *machine) Start(node string, cmd *exec.Cmd) error {
	p, err := m.post(node)
	if err != nil {
		return err
	}
	return p.power.WhenOn(node, func() error {
		l, err := p.stand()
		if err != nil {
			return err
		}
		return l.Start(cmd)
	})
}

// stand is the thread that stands on a node: in its network namespace, with its
// hostname, hosts file and view of /sys, and without privileges.
func (p *post) stand() (*agent.Launcher, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.launcher != nil {
		return p.launcher, nil
	}
	m := p.machine
	m.mu.Lock() // the nodes' files have their folder together
	err := prepare(m.dir, m.oracle, p.node)
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	p.launcher, err = agent.NewLauncher(p.enter)
	if err != nil {
		p.launcher = nil
		return nil, fmt.Errorf("node %s: %w", p.node.Name, err)
	}
	return p.launcher, nil
}

// enter moves the calling thread to the node.
func (p *post) enter() error {
	if err := unix.Setns(p.netns(), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWUTS); err != nil {
		return fmt.Errorf("mount and UTS namespaces: %w", err)
	}
	if err := unix.Sethostname([]byte(p.node.Name)); err != nil {
		return fmt.Errorf("hostname: %w", err)
	}
	if err := dressNode(p.machine.dir, p.node.Name); err != nil {
		return err
	}
	first, err := startInit()
	p.first = first
	return err
}

// netns is a descriptor of the node's network namespace.
func (p *post) netns() int { return int(p.machine.network.nodes[p.node.Name].Fd()) }
