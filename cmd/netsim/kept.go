package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"netsim/topology"
)

// found is a network that is up, and the driver that knows it.
type found struct {
	topology.Kept
	driver builder
}

// networks sweeps up what dead runs left and lists what is up, over all drivers that
// work here.
func networks(ctx context.Context, t terminal) ([]found, error) {
	var list []found
	var wrong []error
	for _, d := range drivers() {
		if d.Ready(ctx) != nil {
			continue
		}
		sweep(ctx, t, d)
		kept, err := d.List(ctx)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("driver %s: %w", d.Name(), err))
		}
		for _, k := range kept {
			list = append(list, found{k, d})
		}
	}
	return list, errors.Join(wrong...)
}

// sweep removes what dead runs left, and says so; trouble with it must not keep a
// command from its work.
func sweep(ctx context.Context, t terminal, d builder) {
	removed, err := d.Sweep(ctx)
	for _, line := range removed {
		fmt.Fprintln(t.err, "swept up:", line)
	}
	if err != nil {
		fmt.Fprintln(t.err, "sweep:", err)
	}
}

// pick is the network that a command means: the one of that run or scenario name, or
// the only one.
func pick(list []found, name string) (found, error) {
	var fits []found
	for _, f := range list {
		if name == "" || f.Run == name || f.Scenario == name {
			fits = append(fits, f)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(list) == 0:
		return found{}, &status{wrongInput, errors.New("no network is up\n  netsim up --keep FILE leaves one")}
	case len(fits) == 0:
		return found{}, &status{wrongInput, fmt.Errorf("no network %q is up\n  %s", name, suggest(name, runNames(list)))}
	}
	return found{}, &status{wrongInput, fmt.Errorf("%d networks are up: say which\n  %s", len(fits), strings.Join(runNames(fits), ", "))}
}

func runNames(list []found) []string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.Run
	}
	return names
}

func lsCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:  "ls",
		Usage: "list the networks that are up",
		Action: func(c *cli.Context) error {
			list, err := networks(c.Context, t)
			if len(list) == 0 && err == nil {
				fmt.Fprintln(t.out, "no network is up")
				return nil
			}
			tab := tabwriter.NewWriter(t.out, 0, 0, 3, ' ', 0)
			fmt.Fprintln(tab, "run\tscenario\tdriver\tsince\tstate\tnodes")
			for _, f := range list {
				fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Run, f.Scenario, f.Driver, f.Since, stay(f.Kept.Kept), strings.Join(f.Nodes, " "))
			}
			tab.Flush()
			return err
		},
	}
}

// stay tells a kept network from one whose `netsim up` still runs.
func stay(kept bool) string {
	if kept {
		return "kept"
	}
	return "running"
}

func downCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:         "down",
		Usage:        "take networks down: one by its run or scenario name, or all that were kept",
		ArgsUsage:    "[NAME]",
		BashComplete: completeRuns(t),
		Action: func(c *cli.Context) error {
			list, err := networks(c.Context, t)
			if err != nil {
				return err
			}
			name := c.Args().First()
			if name == "" {
				return takeDown(c.Context, t, slices.DeleteFunc(list, func(f found) bool { return !f.Kept.Kept }))
			}
			one, err := pick(list, name)
			if err != nil {
				return err
			}
			return takeDown(c.Context, t, []found{one})
		},
	}
}

func takeDown(ctx context.Context, t terminal, list []found) error {
	var wrong []error
	for _, f := range list {
		if err := f.driver.Down(ctx, f.Run); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", f.Run, err))
			continue
		}
		fmt.Fprintf(t.out, "%s is down\n", f.Run)
	}
	if len(list) == 0 {
		fmt.Fprintln(t.out, "no network was kept")
	}
	return errors.Join(wrong...)
}
