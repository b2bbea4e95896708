package native

import (
	"context"
	"errors"

	"netsim/nodes/agent"
	"netsim/topology"
	"netsim/topology/kernel"
	"netsim/topology/wire"
)

var (
	_ topology.Cabled  = (*world)(nil)
	_ topology.Powered = (*world)(nil)
	_ topology.Cabled  = (*guest)(nil)
	_ agent.Cabled     = (*machine)(nil)
	_ agent.Powered    = (*machine)(nil)
)

// cabling is a network's links over its one stream. A guest is told no faults.
type cabling struct{ client *agent.Client }

func (c cabling) SetLink(ctx context.Context, node, network string, l topology.Link) error {
	return c.client.SetLink(ctx, node, network, l)
}

func (c cabling) Links(ctx context.Context, node string) ([]topology.LinkState, error) {
	return c.client.Links(ctx, node)
}

func (c cabling) Faults(ctx context.Context) ([]topology.Fault, error) { return c.client.Faults(ctx) }

// Power switches a node off or on.
func (w *world) Power(ctx context.Context, node string, p topology.Power) error {
	return w.client.Power(ctx, node, p)
}

// lay makes the panel know a node. It costs some descriptors, so nodes without wires wait until
// somebody asks for their links.
func (m *machine) lay(node *topology.Node) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.laid[node.Name] {
		return nil
	}
	fd := int(m.network.nodes[node.Name].Fd())
	ns, err := kernel.At(fd)
	if err != nil {
		return err
	}
	if err := m.panel.Lay(wire.Place{Namespace: ns, NetNS: fd}, m.network.plan.Seed, *node); err != nil {
		return err
	}
	m.laid[node.Name] = true
	return nil
}

// SetLink changes what a link does. A wire that is laid for it brings its interface up: a node that is
// off is silenced again.
func (m *machine) SetLink(node, network string, l topology.Link) error {
	p, err := m.post(node)
	if err != nil {
		return err
	}
	if err := m.lay(p.node); err != nil {
		return err
	}
	return p.power.While(node, func(off *agent.Off) error {
		err := m.panel.Set(node, network, l)
		if off.Killed() {
			err = errors.Join(err, p.silence())
		}
		return err
	})
}

// Links are the links of a node, in order of its interfaces.
func (m *machine) Links(node string) ([]topology.LinkState, error) {
	p, err := m.post(node)
	if err != nil {
		return nil, err
	}
	if err := m.lay(p.node); err != nil {
		return nil, err
	}
	return m.panel.Links(node)
}

// Faults are what all links have done since the last call.
func (m *machine) Faults() []topology.Fault { return m.panel.Faults() }
