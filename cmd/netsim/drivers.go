package main

import (
	"context"
	"errors"
	"fmt"

	"netsim/docker"
	"netsim/topology"
	"netsim/topology/native"
)

// builder is a driver that also finds what it built earlier.
type builder interface {
	topology.Driver
	topology.Registry
	// Ready is nil, or a *topology.Unavailable.
	Ready(ctx context.Context) error
	// Able is nil, or a *topology.Unavailable that says what of the plan no machine
	// can make this driver do.
	Able(p *topology.Plan) error
}

// drivers is every driver, in the order in which `auto` prefers them.
func drivers() []builder {
	return []builder{&docker.Driver{}, &native.Driver{}}
}

// choice is the driver that runs, and the reason in words.
type choice struct {
	builder
	why string
}

// choose takes the driver of that name, or for "auto" the first that works here and can do
// all that the plans ask for.
func choose(ctx context.Context, name string, plans []*topology.Plan) (choice, error) {
	var reasons []error
	passed := "" // why the first driver was not taken
	for _, d := range drivers() {
		if name != "auto" && name != d.Name() {
			continue
		}
		err := able(d, plans)
		if err == nil {
			err = d.Ready(ctx)
		}
		if err == nil {
			return choice{d, because(name, passed, withImage(plans))}, nil
		}
		if passed == "" {
			passed = fmt.Sprintf("%s; --driver %s says what to do", err, d.Name())
		}
		reasons = append(reasons, fmt.Errorf("driver %s: %s", d.Name(), withHint(err)))
	}
	if reasons == nil {
		return choice{}, &status{wrongInput, fmt.Errorf("--driver: there is no driver %q\n  %s", name, suggest(name, driverNames()))}
	}
	return choice{}, &status{cannotRun, errors.Join(reasons...)}
}

func able(d builder, plans []*topology.Plan) error {
	for _, p := range plans {
		if err := d.Able(p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// withImage is the first node with an image of the user's own, or nil.
func withImage(plans []*topology.Plan) *topology.Node {
	for _, p := range plans {
		if n := p.WithImage(); n != nil {
			return n
		}
	}
	return nil
}

// because says why a driver runs and how to choose the other.
func because(name, passed string, n *topology.Node) string {
	switch {
	case n != nil:
		return n.Name + " runs an image, which needs Docker"
	case name != "auto":
		return "as asked for; --driver auto takes Docker where an engine answers, and native otherwise"
	case passed == "":
		return "a Docker engine answers; --driver native does without"
	}
	return passed
}

func driverNames() []string {
	names := []string{"auto"}
	for _, d := range drivers() {
		names = append(names, d.Name())
	}
	return names
}
