package docker

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"netsim/nodes/agent"
	"netsim/topology"
)

var (
	_ topology.Cabled = (*world)(nil)
	_ topology.Cabled = (*visit)(nil)
)

// askWidth is how many agents are asked for faults at a time.
const askWidth = 8

// SetLink changes what a link does.
func (w *world) SetLink(ctx context.Context, node, network string, l topology.Link) error {
	c := w.client(node)
	if c == nil {
		return noSuchNode(node, w.tag.run)
	}
	w.mu.Lock()
	w.cabled[node] = true
	w.mu.Unlock()
	return linkError(node, c.SetLink(ctx, node, network, l))
}

// Links are the links of a node.
func (w *world) Links(ctx context.Context, node string) ([]topology.LinkState, error) {
	c := w.client(node)
	if c == nil {
		return nil, noSuchNode(node, w.tag.run)
	}
	return linksOf(ctx, c, node)
}

// Faults asks the nodes that have wires, and joins what they tell in the plan's order. With an
// error comes what the others told.
func (w *world) Faults(ctx context.Context) ([]topology.Fault, error) {
	clients := w.wired()
	told, failed := make([][]topology.Fault, len(clients)), make([]error, len(clients))
	var group errgroup.Group
	group.SetLimit(askWidth)
	for i, c := range clients {
		group.Go(func() error {
			var err error
			told[i], err = c.Faults(ctx)
			failed[i] = linkError(c.node, err)
			return nil
		})
	}
	_ = group.Wait()
	var all []topology.Fault
	for _, faults := range told {
		all = append(all, faults...)
	}
	return all, errors.Join(failed...)
}

// nodeClient is the stream to a node.
type nodeClient struct {
	*agent.Client
	node string
}

// wired are the nodes that may have something to tell: with wires by the plan, or laid since.
func (w *world) wired() []nodeClient {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []nodeClient
	for i := range w.plan.Nodes {
		n := &w.plan.Nodes[i]
		if c := w.clients[n.Name]; c != nil && (n.Wired() || w.cabled[n.Name]) {
			all = append(all, nodeClient{c, n.Name})
		}
	}
	return all
}

// SetLink changes what a link does.
func (v *visit) SetLink(ctx context.Context, node, network string, l topology.Link) error {
	c, err := v.client(ctx, node)
	if err != nil {
		return err
	}
	return linkError(node, c.SetLink(ctx, node, network, l))
}

// Links are the links of a node.
func (v *visit) Links(ctx context.Context, node string) ([]topology.LinkState, error) {
	c, err := v.client(ctx, node)
	if err != nil {
		return nil, err
	}
	return linksOf(ctx, c, node)
}

// Faults is refused: each is told once, and to whom the network belongs.
func (v *visit) Faults(context.Context) ([]topology.Fault, error) {
	return nil, errors.New("what links did is told to the netsim whose network it is")
}

func linksOf(ctx context.Context, c *agent.Client, node string) ([]topology.LinkState, error) {
	links, err := c.Links(ctx, node)
	return links, linkError(node, err)
}

// linkError says of an agent that is gone which it is; others say it themselves.
func linkError(node string, err error) error {
	if errors.Is(err, agent.ErrGone) {
		return fmt.Errorf("%s: %w", node, err)
	}
	return err
}
