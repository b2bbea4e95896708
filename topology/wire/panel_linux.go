package wire

import (
	"fmt"
	"sync"

	"netsim/topology"
	"netsim/topology/kernel"
)

// Panel is the links of some nodes, as a patch panel: it lays wires, changes them and tells what they
// have done. The zero value is empty. Its methods may be called from any goroutine.
type Panel struct {
	mu    sync.Mutex
	pump  *pump // nil until there is a wire
	nodes map[string]*panelNode
	order []*wire
}

// panelNode is a node that the panel knows.
type panelNode struct {
	at    Place
	seed  uint64
	node  topology.Node
	wires map[string]*wire // by network
}

// Lay makes the panel know a node that is configured, and lays wires on those of its
// interfaces that are Wired, with their links as the plan has them.
func (p *Panel) Lay(at Place, seed uint64, node topology.Node) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.nodes == nil {
		p.nodes = map[string]*panelNode{}
	}
	if known := p.nodes[node.Name]; known != nil { // configured again; its wires stay
		at.Namespace.Close()
		return nil
	}
	n := &panelNode{at: at, seed: seed, node: node, wires: map[string]*wire{}}
	p.nodes[node.Name] = n
	for _, x := range node.Interfaces {
		if !x.Wired {
			continue
		}
		if err := p.set(n, x, x.Link); err != nil {
			return err
		}
	}
	return nil
}

// Set changes what a link does. Where there is no wire yet, one is laid while traffic flows.
func (p *Panel) Set(node, network string, l topology.Link) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.node(node)
	if err != nil {
		return err
	}
	for _, x := range n.node.Interfaces {
		if x.Segment == network {
			return p.set(n, x, l)
		}
	}
	return fmt.Errorf("%s is not on network %s", node, network)
}

func (p *Panel) node(name string) (*panelNode, error) {
	if n := p.nodes[name]; n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("there is no node %s", name)
}

// set lays the wire where there is none.
func (p *Panel) set(n *panelNode, x topology.Interface, l topology.Link) error {
	w := n.wires[x.Segment]
	if w == nil && l.IsPerfect() && !x.Wired {
		return nil
	}
	if w == nil {
		var err error
		if w, err = p.lay(n, x); err != nil {
			return fmt.Errorf("link %s.%s: %w", n.node.Name, x.Segment, err)
		}
		n.wires[x.Segment] = w
		p.order = append(p.order, w)
	}
	return w.set(l)
}

func (p *Panel) lay(n *panelNode, x topology.Interface) (w *wire, err error) {
	if p.pump == nil {
		if p.pump, err = newPump(); err != nil {
			return nil, err
		}
	}
	if err := n.at.Namespace.Splice(x, n.node.Forwards()); err != nil {
		return nil, err
	}
	err = p.pump.call(func() (err error) {
		w, err = p.pump.lay(n.at, n.seed, n.node.Name, x)
		return err
	})
	return w, err
}

// Links are the links of a node, in order of its interfaces.
func (p *Panel) Links(node string) ([]topology.LinkState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.node(node)
	if err != nil {
		return nil, err
	}
	var all []topology.LinkState
	for _, x := range n.node.Interfaces {
		s, err := p.state(n, x)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// state counts what passed at the node's interface: what went out of it, and what came to it from
// the network.
func (p *Panel) state(n *panelNode, x topology.Interface) (topology.LinkState, error) {
	s := topology.LinkState{Node: n.node.Name, Network: x.Segment}
	w := n.wires[x.Segment]
	out, in := x.Name, x.Name
	if w != nil {
		in = kernel.OuterName(x.Name)
	}
	sent, err := n.at.Namespace.Links().LinkByName(out)
	if err != nil {
		return s, err
	}
	got, err := n.at.Namespace.Links().LinkByName(in)
	if err != nil {
		return s, err
	}
	s.Out.Packets, s.Out.Bytes = sent.Attrs().Statistics.TxPackets, sent.Attrs().Statistics.TxBytes
	s.In.Packets, s.In.Bytes = got.Attrs().Statistics.RxPackets, got.Attrs().Statistics.RxBytes
	if w == nil {
		return s, nil
	}
	return s, p.pump.do(func() { s.Link, s.Out.Faults, s.In.Faults = w.link, w.out.totals(), w.in.totals() })
}

// Faults are what links have done since the last call.
func (p *Panel) Faults() []topology.Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pump == nil {
		return nil
	}
	missed := make([]uint64, len(p.order))
	for i, w := range p.order {
		missed[i] = w.unsent()
	}
	var all []topology.Fault
	_ = p.pump.do(func() {
		for i, w := range p.order {
			w.out.ledger.lost(flowKey{}, missed[i])
			all = append(all, w.faults()...)
		}
		p.pump.budget = maxRecorded
	})
	return all
}

// Close ends all wires.
func (p *Panel) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pump != nil {
		p.pump.close()
		for _, w := range p.order {
			w.out.close()
			w.in.close()
		}
	}
	for _, n := range p.nodes {
		n.at.Namespace.Close()
	}
	p.pump, p.nodes, p.order = nil, nil, nil
}
