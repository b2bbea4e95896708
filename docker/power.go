package docker

import (
	"context"
	"errors"

	"netsim/nodes/agent"
	"netsim/topology"
)

var _ topology.Powered = (*world)(nil)

// Power switches a node off or on. The agent does it, to the image of the node's own too; the
// image's container is gone when a kill has been done.
func (w *world) Power(ctx context.Context, node string, power topology.Power) error {
	c, p := w.client(node), w.pod(node)
	switch {
	case c == nil:
		return noSuchNode(node, w.tag.run)
	case p == nil:
		return linkError(node, c.Power(ctx, node, power))
	}
	return p.turn(ctx, c, power)
}

// turn lets nothing start meanwhile.
func (p *pod) turn(ctx context.Context, c *agent.Client, power topology.Power) error {
	p.power.Lock()
	defer p.power.Unlock()
	cut := power == topology.PowerKill || power == topology.PowerRestart
	if cut {
		p.mu.Lock()
		p.cuts++
		p.mu.Unlock()
	}
	if err := linkError(p.node, c.Power(ctx, p.node, power)); err != nil || !cut {
		return err
	}
	return p.bury(ctx)
}

// bury waits until the container of an image that was killed is gone, so that the name is free.
func (p *pod) bury(ctx context.Context) error {
	p.mu.Lock()
	id := p.image
	p.image, p.ended = "", nil
	p.mu.Unlock()
	if id == "" {
		return nil
	}
	calls, cancel := uninterrupted(ctx)
	defer cancel()
	return p.engine.removeContainer(calls, id)
}

// whenOn calls start unless the node is switched off or paused, which nobody does meanwhile. The engine starts what is
// in the image, so the agent has to be asked.
func (p *pod) whenOn(ctx context.Context, c *agent.Client, start func() (topology.Process, error)) (topology.Process, error) {
	p.power.RLock()
	defer p.power.RUnlock()
	if err := linkError(p.node, c.On(ctx, p.node)); err != nil {
		return nil, err
	}
	return start()
}

// isOff finds the reason why a node starts nothing, which says of itself which node it is.
func isOff(err error) (*agent.Off, bool) {
	var off *agent.Off
	return off, errors.As(err, &off)
}

// wasCut says whether the node was killed since it had been so many times.
func (p *pod) wasCut(cuts int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts > cuts
}
