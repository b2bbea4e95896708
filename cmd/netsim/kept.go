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

// inventory is what is up, over all drivers.
type inventory struct {
	list  []found
	blind []error // why a driver could not be asked that may have something
}

// unseen is nil, or says which driver could not be asked.
func (i inventory) unseen() error {
	if i.blind == nil {
		return nil
	}
	return &status{cannotRun, errors.Join(i.blind...)}
}

// networks sweeps up what dead runs left and lists what is up.
func networks(ctx context.Context, t terminal) (inventory, error) {
	var all inventory
	var wrong []error
	for _, d := range drivers() {
		kept, err := swept(ctx, t, d)
		var u *topology.Unavailable
		switch {
		case errors.As(err, &u) && u.Absent:
		case errors.As(err, &u):
			all.blind = append(all.blind, fmt.Errorf("driver %s cannot be asked: %s", d.Name(), withHint(err)))
		case err != nil:
			wrong = append(wrong, fmt.Errorf("driver %s: %w", d.Name(), err))
		}
		for _, k := range kept {
			all.list = append(all.list, found{k, d})
		}
	}
	return all, errors.Join(wrong...)
}

// swept is what a driver has once what dead runs left is gone.
func swept(ctx context.Context, t terminal, d builder) ([]topology.Kept, error) {
	if err := sweep(ctx, t, d); err != nil {
		return nil, err
	}
	return d.List(ctx)
}

// sweep removes what dead runs left, and says so. The error is *topology.Unavailable; other trouble
// with it is told, and must not keep a command from its work.
func sweep(ctx context.Context, t terminal, d builder) error {
	removed, err := d.Sweep(ctx)
	for _, line := range removed {
		fmt.Fprintln(t.err, "swept up:", line)
	}
	if u := (*topology.Unavailable)(nil); errors.As(err, &u) {
		return u
	}
	if err != nil {
		fmt.Fprintln(t.err, "sweep:", err)
	}
	return nil
}

// pick is the network that a command means: the one of that run or scenario name, or
// the only one.
func pick(all inventory, name string) (found, error) {
	var fits []found
	for _, f := range all.list {
		if name == "" || f.Run == name || f.Scenario == name {
			fits = append(fits, f)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(all.list) == 0:
		if err := all.unseen(); err != nil {
			return found{}, err
		}
		return found{}, &status{wrongInput, errors.New("no network is up\n  netsim up --keep FILE leaves one")}
	case len(fits) == 0:
		return found{}, &status{wrongInput, fmt.Errorf("no network %q is up\n  %s", name, suggest(name, runNames(all.list)))}
	}
	return found{}, &status{wrongInput, fmt.Errorf("%d networks are up: say which, netsim exec --run NAME, netsim link --run NAME, netsim down NAME\n  %s", len(fits), strings.Join(runNames(fits), ", "))}
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
			if err := noArguments(c, 0); err != nil {
				return err
			}
			all, err := networks(c.Context, t)
			if err == nil {
				err = all.unseen()
			}
			if len(all.list) == 0 {
				fmt.Fprintln(t.out, "no network is up")
				return err
			}
			tab := tabwriter.NewWriter(t.out, 0, 0, 3, ' ', 0)
			fmt.Fprintln(tab, "run\tscenario\tdriver\tsince\tstate\tnodes")
			for _, f := range all.list {
				fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Run, f.Scenario, f.Driver, f.Since, stay(f.Kept.Kept), strings.Join(slices.Sorted(slices.Values(f.Nodes)), " "))
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
			if err := noArguments(c, 1); err != nil {
				return err
			}
			all, err := networks(c.Context, t)
			if err != nil {
				return err
			}
			name := c.Args().First()
			if name == "" {
				kept := slices.DeleteFunc(all.list, func(f found) bool { return !f.Kept.Kept })
				return errors.Join(takeDown(c.Context, t, kept), all.unseen())
			}
			one, err := pick(all, name)
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
