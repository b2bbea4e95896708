package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"netsim/topology"
)

func linkCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:      "link",
		Usage:     "show what the cables of a network that is up do to packets, and change it",
		ArgsUsage: "[NODE[.NETWORK]]",
		Description: "Without a flag that changes it, a link is shown: NODE.NETWORK alone, all of a NODE, or all there are.\n" +
			"  netsim link bob --loss 10% --delay 20ms   both directions; what is not said is perfect\n" +
			"  netsim link gw.office --rate 10mbit --queue 100 --direction out\n" +
			"  netsim link bob --down                    and --up: as it was before\n" +
			"  netsim link bob --perfect\n" +
			"  netsim link --heal                        what a partition keeps from a NODE, or from all, comes through again",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "run", Usage: "of the network with this run or scenario `NAME`"},
			&cli.BoolFlag{Name: "json", Usage: "print the links as JSON"},
			&cli.StringFlag{Name: "direction", Value: "both", Usage: "which `WAY`: out (from the node), in or both"},
			&cli.BoolFlag{Name: "perfect", Usage: "nothing is done to packets any more"},
			&cli.BoolFlag{Name: "down", Usage: "pull the cable"},
			&cli.BoolFlag{Name: "up", Usage: "plug it in again; it does what it did before"},
			&cli.BoolFlag{Name: "heal", Usage: "end what a partition keeps from a NODE, or from all"},
		}, impairmentFlags()),
		BashComplete: completeFirst(t),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, 1); err != nil {
				return err
			}
			change, err := readChange(c)
			if err != nil {
				return err
			}
			node, network, _ := strings.Cut(c.Args().First(), ".")
			if err := checkHeal(c, network); err != nil {
				return err
			}
			if change != nil && node == "" {
				return wrongLink("which link?", "netsim link bob --loss 10%")
			}
			one, err := networkOf(c.Context, t, c.String("run"), node)
			if err != nil {
				return err
			}
			return linkOn(c.Context, t, one, patch{node, network, change, c.Bool("heal"), c.Bool("json")})
		},
	}
}

func wrongLink(text, hint string) error {
	return &status{wrongInput, fmt.Errorf("link: %s\n  %s", text, hint)}
}

// patch is what is asked of links.
type patch struct {
	node, network string // "": all
	change        change // nil: nothing
	heal          bool   // instead of a change
	asJSON        bool
}

func linkOn(ctx context.Context, t terminal, f found, p patch) error {
	if p.node != "" && !slices.Contains(f.Nodes, p.node) {
		return &status{wrongInput, fmt.Errorf("%s: there is no node %q\n  %s", f.Run, p.node, suggest(p.node, f.Nodes))}
	}
	world, err := f.driver.Open(ctx, f.Run)
	if err != nil {
		return err
	}
	defer world.Close()
	cabled, ok := world.(topology.Cabled)
	if !ok {
		return &status{cannotRun, fmt.Errorf("driver %s cannot tell of links", f.Driver)}
	}
	links, err := p.links(ctx, cabled, f.Nodes)
	switch {
	case err != nil:
		return err
	case p.change != nil:
		links, err = p.apply(ctx, cabled, links)
	case p.heal:
		links, err = p.healed(ctx, cabled, f.Nodes, links)
	}
	if err != nil {
		return err
	}
	return printLinkStates(t.out, links, p.asJSON)
}

// nodesAtOnce is how many nodes are asked at a time.
const nodesAtOnce = 8

// links are those that the patch names.
func (p patch) links(ctx context.Context, world topology.Cabled, nodes []string) ([]topology.LinkState, error) {
	if p.node != "" {
		nodes = []string{p.node}
	}
	byNode := make([][]topology.LinkState, len(nodes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(nodesAtOnce)
	for i, node := range nodes {
		group.Go(func() (err error) {
			byNode[i], err = world.Links(ctx, node)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return p.choose(slices.Concat(byNode...))
}

// choose narrows links to those on the network, where one is named.
func (p patch) choose(all []topology.LinkState) ([]topology.LinkState, error) {
	var fit []topology.LinkState
	var names []string
	for _, l := range all {
		names = append(names, l.Node+"."+l.Network)
		if p.network == "" || p.network == l.Network {
			fit = append(fit, l)
		}
	}
	switch {
	case p.network != "" && fit == nil:
		return nil, wrongLink(fmt.Sprintf("%s is not on a network %q", p.node, p.network), suggest(p.node+"."+p.network, names))
	case p.change != nil && len(fit) == 0:
		return nil, wrongLink(p.node+" is on no network", "netsim link shows the links that there are")
	case p.change != nil && len(fit) > 1:
		return nil, wrongLink(p.node+" is on several networks: say which", strings.Join(names, ", "))
	}
	return fit, nil
}

// apply changes the one link and says how it is then.
func (p patch) apply(ctx context.Context, world topology.Cabled, links []topology.LinkState) ([]topology.LinkState, error) {
	l := links[0]
	if err := world.SetLink(ctx, l.Node, l.Network, p.change(l.Link)); err != nil {
		return nil, err
	}
	now, err := world.Links(ctx, l.Node)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(now, func(s topology.LinkState) bool { return s.Network != l.Network }), nil
}

// change makes of a link as it is what it is to be. A partition stays: it is not the cable's, and ends by --heal.
type change func(topology.Link) topology.Link

// readChange is nil where no one link is to be changed.
func readChange(c *cli.Context) (change, error) {
	var given []string
	for _, name := range []string{"down", "up", "perfect", "heal"} {
		if c.Bool(name) {
			given = append(given, name)
		}
	}
	fields := givenFields(c)
	if fields != nil {
		given = append(given, fields[0])
	}
	switch {
	case len(given) > 1:
		return nil, wrongLink(fmt.Sprintf("--%s and --%s do not go together", given[0], given[1]), "one after the other: two commands")
	case c.Bool("heal"):
		return nil, nil // no link is named
	case len(given) == 0 && c.IsSet("direction"):
		return nil, wrongLink("--direction of what?", "netsim link bob --direction out --loss 10%")
	case len(given) == 0:
		return nil, nil
	case fields == nil && given[0] != "perfect":
		return plug(c, given[0] == "down")
	}
	i, err := readImpairment(c)
	if err != nil {
		return nil, err
	}
	return directed(c.String("direction"), i)
}

// plug leaves all else as it is.
func plug(c *cli.Context, down bool) (change, error) {
	if c.IsSet("direction") {
		return nil, wrongLink("a cable is pulled whole, not in one direction", "--loss 100% --direction out loses everything on the way out")
	}
	return func(l topology.Link) topology.Link {
		l.Down = down
		return l
	}, nil
}

func directed(direction string, i topology.Impairment) (change, error) {
	switch direction {
	case "out":
		return func(l topology.Link) topology.Link { l.Out = i; return l }, nil
	case "in":
		return func(l topology.Link) topology.Link { l.In = i; return l }, nil
	case "both":
		return func(l topology.Link) topology.Link { l.Out, l.In = i, i; return l }, nil
	}
	return nil, wrongLink(fmt.Sprintf("--direction: there is no %q", direction), suggest(direction, []string{"out", "in", "both"}))
}

// completeFirst completes a node, and nothing after it.
func completeFirst(t terminal) cli.BashCompleteFunc {
	nodes := completeNodes(t)
	return func(c *cli.Context) {
		if c.NArg() == 0 {
			nodes(c)
		}
	}
}
