package scenario

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"netsim/topology"
)

// cabling is what the links of a run are set to. Two reasons change a link, and neither undoes the
// other: `link` sets what it does, `partition` what it refuses.
//
//	settings  bob.office: loss 10%      ──┐
//	refused   bob: from carol           ──┴──► World.SetLink(bob, office, both)
//
// It is safe for concurrent use: changes are made one after the other.
type cabling struct {
	world topology.Cabled // nil: this world's links cannot be changed
	turn  chan struct{}   // has room for one: who changes links

	hasWires bool // some link does something to packets, or steps may make it

	settings map[cable]topology.Link     // without Refuse
	order    []cable                     // as the plan has them
	refused  map[string]topology.Refusal // of the partition that holds, by node
	marked   map[string]bool             // nodes that may refuse something still
}

// cable is the name of a link.
type cable struct{ node, network string }

// mostAtOnce bounds how many links are changed at the same time.
const mostAtOnce = 64

var errNotCabled = errors.New("this driver cannot change links")

func newCabling(plan *topology.Plan, world topology.World) *cabling {
	c := &cabling{turn: make(chan struct{}, 1), settings: map[cable]topology.Link{}, marked: map[string]bool{}}
	c.world, _ = world.(topology.Cabled)
	for _, n := range plan.Nodes {
		for _, x := range n.Interfaces {
			name := cable{n.Name, x.Segment}
			c.settings[name] = x.Link
			c.order = append(c.order, name)
			c.hasWires = c.hasWires || x.Wired
		}
	}
	return c
}

// begin waits for the turn to change links.
func (c *cabling) begin(ctx context.Context) error {
	if c.world == nil {
		return errNotCabled
	}
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errors.New(because(ctx))
	}
}

func (c *cabling) end() { <-c.turn }

// set changes what one link does.
func (c *cabling) set(ctx context.Context, node, network string, change func(topology.Link) topology.Link) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	defer c.end()
	name := cable{node, network}
	next := change(c.settings[name])
	if err := c.lay(ctx, name, next); err != nil {
		return err
	}
	c.settings[name] = next
	return nil
}

// divide makes a partition in place of the one before; nil is none. What nodes refuse is changed
// for all of them at once, also after an error, and again by the next call where that failed.
func (c *cabling) divide(ctx context.Context, refused map[string]topology.Refusal) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	defer c.end()
	c.refused = refused
	for node := range refused {
		c.marked[node] = true
	}
	var all errgroup.Group
	all.SetLimit(mostAtOnce)
	for _, name := range c.order {
		if c.marked[name.node] {
			all.Go(func() error { return c.lay(ctx, name, c.settings[name]) })
		}
	}
	if err := all.Wait(); err != nil {
		return err
	}
	clear(c.marked)
	for node := range refused {
		c.marked[node] = true
	}
	return nil
}

// lay has a link do what it is set to, and refuse what the partition says.
func (c *cabling) lay(ctx context.Context, name cable, l topology.Link) error {
	l.Refuse = c.refused[name.node]
	if err := c.world.SetLink(ctx, name.node, name.network, l); err != nil {
		return fmt.Errorf("link %s.%s: %w", name.node, name.network, doing(ctx, err))
	}
	return nil
}

// wire has wires laid on the links that steps change. Without a plan there are mistakes, and no run.
func (r *reader) wire(steps []*Step) {
	if r.file.Plan == nil {
		return
	}
	for _, s := range steps {
		switch a := s.action.(type) {
		case *set:
			r.file.Plan.Wire(a.node, a.network)
		case *partition:
			r.wireNodes(a)
		}
		r.wire(s.Steps)
	}
}

func (r *reader) wireNodes(a *partition) {
	for _, group := range a.groups {
		for _, node := range group {
			for _, network := range r.nodes[node] {
				r.file.Plan.Wire(node, network)
			}
		}
	}
}
