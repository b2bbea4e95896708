package docker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"netsim/topology"
)

// List returns the networks of which nodes run, in order of their run IDs.
func (d *Driver) List(ctx context.Context) ([]topology.Kept, error) {
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer e.close()
	all, err := e.estates(ctx, "")
	if err != nil {
		return nil, err
	}
	list := []topology.Kept{}
	for _, s := range all {
		if s.running() {
			list = append(list, s.describe())
		}
	}
	slices.SortFunc(list, func(a, b topology.Kept) int { return strings.Compare(a.Run, b.Run) })
	return list, nil
}

func (s *estate) describe() topology.Kept {
	return topology.Kept{
		Run:      s.run,
		Scenario: s.scenario,
		Driver:   "docker",
		Nodes:    s.nodes(),
		Since:    s.since.Format(time.RFC3339),
		Kept:     s.kept,
	}
}

// Open connects to a network that is up; also to one whose own process still runs. Nodes
// are dialled when they are first used.
func (d *Driver) Open(ctx context.Context, run string) (topology.World, error) {
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	s, err := e.present(ctx, run)
	if err != nil {
		e.close()
		return nil, err
	}
	return newVisit(e, s, newLog(d.Log)), nil
}

// Down takes a network down, also one whose own process still runs.
func (d *Driver) Down(ctx context.Context, run string) error {
	e, err := connect(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	if _, err := e.present(ctx, run); err != nil {
		return err
	}
	return e.demolish(ctx, run, nil)
}

// present is the estate of a run that there is.
func (e *engine) present(ctx context.Context, run string) (*estate, error) {
	s, err := e.whole(ctx, run)
	if err == nil && s == nil {
		err = fmt.Errorf("no network of a run %q is up", run)
	}
	return s, err
}
