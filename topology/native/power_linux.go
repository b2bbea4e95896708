package native

import (
	"errors"

	"netsim/topology"
	"netsim/topology/kernel"
)

// On is nil where programs can be started.
func (m *machine) On(node string) error {
	p, err := m.post(node)
	if err != nil {
		return err
	}
	return p.power.WhenOn(node, nil)
}

// Power switches a node off or on.
func (m *machine) Power(node string, power topology.Power) error {
	p, err := m.post(node)
	if err != nil {
		return err
	}
	return p.power.Turn(node, power, p)
}

// Cut silences the node and ends its process 1, and with it all others. Its working directory stays.
func (p *post) Cut() error {
	err := p.silence()
	p.leave()
	return errors.Join(err, kernel.DestroySockets(p.netns()))
}

// Restore brings the network back; a new process 1 comes with the first program.
func (p *post) Restore() error {
	return p.inside(func(ns *kernel.Namespace) error {
		if err := ns.Configure(*p.node, nil); err != nil {
			return err
		}
		return ns.AwaitCarrier(*p.node)
	})
}

// Freeze and Thaw have nothing to do where nothing has run yet.
func (p *post) Freeze() error { return p.order("stop") }
func (p *post) Thaw() error   { return p.order("cont") }

func (p *post) order(word string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first == nil {
		return nil
	}
	return p.first.order(word)
}

// leave gives the post up, and returns when nothing runs on the node any more.
func (p *post) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.launcher == nil {
		return
	}
	p.launcher.Close()
	p.first.end()
	p.launcher, p.first = nil, nil
}

func (p *post) silence() error {
	return p.inside(func(ns *kernel.Namespace) error { return ns.Silence(*p.node) })
}

// inside calls do with the node's network namespace.
func (p *post) inside(do func(*kernel.Namespace) error) error {
	ns, err := kernel.At(p.netns())
	if err != nil {
		return err
	}
	defer ns.Close()
	return do(ns)
}
