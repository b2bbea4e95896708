package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"netsim/topology"
)

// checkHeal says what does not go with --heal.
func checkHeal(c *cli.Context, network string) error {
	switch {
	case !c.Bool("heal"):
		return nil
	case c.IsSet("direction"):
		return wrongLink("a partition is healed whole, not in one direction", "netsim link --heal")
	case network != "":
		return wrongLink("a partition is between nodes, whatever their networks", "netsim link NODE --heal, or of all nodes: netsim link --heal")
	}
	return nil
}

// healed opens the links that a partition has closed, and no other: a cable that nobody has touched gets no wire. It
// says how all of them are then.
func (p patch) healed(ctx context.Context, world topology.Cabled, nodes []string, links []topology.LinkState) ([]topology.LinkState, error) {
	for _, l := range links {
		if l.Link.Refuse.IsZero() {
			continue
		}
		l.Link.Refuse = topology.Refusal{}
		if err := world.SetLink(ctx, l.Node, l.Network, l.Link); err != nil {
			return nil, err
		}
	}
	return p.links(ctx, world, nodes)
}
