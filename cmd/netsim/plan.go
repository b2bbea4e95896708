package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"netsim/topology"
)

func planCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:         "plan",
		Usage:        "print addresses, routes and links as they will be",
		ArgsUsage:    "FILE",
		BashComplete: completeScenarios(t),
		Flags:        []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print the plan as JSON"}},
		Action: func(c *cli.Context) error {
			files, err := load(t, c.Args().Slice())
			if err != nil {
				return err
			}
			for _, f := range files {
				if err := printPlan(t.out, f.Plan, c.Bool("json")); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func printPlan(w io.Writer, p *topology.Plan, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(p)
	}
	fmt.Fprintf(w, "%s\n\n", p.Name)
	tables := []func(io.Writer, *topology.Plan){printSegments, printInterfaces, printRoutes}
	if hasLinks(p) {
		tables = append(tables, printLinks)
	}
	for i, print := range tables {
		if i > 0 {
			fmt.Fprintln(w)
		}
		tab := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
		print(tab, p)
		if err := tab.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func printSegments(w io.Writer, p *topology.Plan) {
	fmt.Fprintln(w, "network\tsubnet\tgateway\tmtu")
	for _, s := range p.Segments {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", s.Name, s.Subnet, gatewayText(p, s), s.MTU)
	}
}

func printInterfaces(w io.Writer, p *topology.Plan) {
	fmt.Fprintln(w, "node\tinterface\tnetwork\taddress\tmac")
	for _, n := range p.Nodes {
		for i, x := range n.Interfaces {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", nodeText(n, i), x.Name, x.Segment, x.Address, x.MAC)
		}
	}
}

func printRoutes(w io.Writer, p *topology.Plan) {
	fmt.Fprintln(w, "node\troute\tvia\tinterface")
	for _, n := range p.Nodes {
		for i, r := range n.Routes {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", nodeText(n, i), destination(r), via(p, r), r.Interface)
		}
	}
}

func hasLinks(p *topology.Plan) bool {
	return slices.ContainsFunc(p.Nodes, func(n topology.Node) bool {
		return slices.ContainsFunc(n.Interfaces, func(x topology.Interface) bool { return !x.Link.IsPerfect() })
	})
}

// printLinks tells of the links that are not perfect.
func printLinks(w io.Writer, p *topology.Plan) {
	fmt.Fprintln(w, "link\tdoes")
	for _, n := range p.Nodes {
		for _, x := range n.Interfaces {
			if !x.Link.IsPerfect() {
				fmt.Fprintf(w, "%s.%s\t%s\n", n.Name, x.Segment, x.Link)
			}
		}
	}
}

func nodeText(n topology.Node, line int) string {
	switch {
	case line > 0:
		return ""
	case n.Forwards():
		return n.Name + " (router)"
	}
	return n.Name
}

func gatewayText(p *topology.Plan, s topology.Segment) string {
	if !s.Gateway.IsValid() {
		return "none"
	}
	if n, _ := p.Owner(s.Gateway); n != nil {
		return fmt.Sprintf("%s (%s)", s.Gateway, n.Name)
	}
	return s.Gateway.String()
}

func destination(r topology.Route) string {
	if r.Destination.Bits() == 0 {
		return "default"
	}
	return r.Destination.String()
}

func via(p *topology.Plan, r topology.Route) string {
	if n, _ := p.Owner(r.Via); n != nil {
		return fmt.Sprintf("%s (%s)", r.Via, n.Name)
	}
	return r.Via.String()
}
