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

// choose takes the driver of that name, or for "auto" the first that works here.
func choose(ctx context.Context, name string) (choice, error) {
	var reasons []error
	for _, d := range drivers() {
		if name != "auto" && name != d.Name() {
			continue
		}
		err := d.Ready(ctx)
		if err == nil {
			return choice{d, because(name, reasons)}, nil
		}
		reasons = append(reasons, fmt.Errorf("driver %s: %s", d.Name(), withHint(err)))
	}
	if reasons == nil {
		return choice{}, &status{wrongInput, fmt.Errorf("--driver: there is no driver %q\n  %s", name, suggest(name, driverNames()))}
	}
	return choice{}, &status{cannotRun, errors.Join(reasons...)}
}

// because says why a driver runs and how to choose the other.
func because(name string, passed []error) string {
	switch {
	case name != "auto":
		return "as asked for; --driver auto takes Docker where an engine answers, and native otherwise"
	case passed == nil:
		return "a Docker engine answers; --driver native does without"
	}
	return "no Docker engine answers; --driver docker says why"
}

func driverNames() []string {
	names := []string{"auto"}
	for _, d := range drivers() {
		names = append(names, d.Name())
	}
	return names
}
