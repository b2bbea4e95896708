package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"netsim/topology"
)

// problemOf is the record of an action that is done, or else of why it is not.
func problemOf(err error) Record {
	if err != nil {
		return Record{Problem: err.Error()}
	}
	return Record{}
}

// turns are who switches nodes, by node: each has room for one.
type turns map[string]chan struct{}

func newTurns(plan *topology.Plan) turns {
	t := turns{}
	for _, n := range plan.Nodes {
		t[n.Name] = make(chan struct{}, 1)
	}
	return t
}

// switching does something to a whole node once nobody else does: of two restarts at once, one would
// otherwise kill what the other has just started.
func (r *runner) switching(ctx context.Context, node string, do func() Record) Record {
	turn := r.turns[node]
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return Record{Problem: because(ctx)}
	}
	defer func() { <-turn }()
	return do()
}

// power does something to a whole node, and remembers what it is now.
func (r *runner) power(ctx context.Context, node string, p topology.Power) error {
	world, ok := r.world.(topology.Powered)
	if !ok {
		return errors.New("this driver cannot switch nodes off and on")
	}
	if err := world.Power(ctx, node, p); err != nil {
		return doing(ctx, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.powers[node] = p
	return nil
}

// doing is an error of something that was done until ctx ended: then that is what to tell.
func doing(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New(because(ctx))
	}
	return err
}

// powerOf is what was done to a node last; "" is nothing.
func (r *runner) powerOf(node string) topology.Power {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.powers[node]
}

// kill switches a node off. Its background programs are taken for stopped before they end, so that
// nobody takes their end for a crash; it is written down here.
func (r *runner) kill(ctx context.Context, node string) error {
	doomed := r.runningOn(node)
	for _, p := range doomed {
		p.update(func() { p.stopped = true })
	}
	if err := r.power(ctx, node, topology.PowerKill); err != nil {
		for _, p := range doomed {
			p.update(func() { p.stopped = false })
		}
		return err
	}
	for _, p := range doomed {
		if !p.wait(ctx) {
			return fmt.Errorf("%s has not ended: %s", p.name, because(ctx))
		}
	}
	r.noteStopped(doomed)
	return nil
}

// runningOn are the background programs of a node that run and that nobody stops.
func (r *runner) runningOn(node string) []*running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.order), func(p *running) bool {
		return p.command.node != node || p.hasEnded() || p.isStopped()
	})
}

// noteStopped writes down how programs ended that the run has stopped.
func (r *runner) noteStopped(all []*running) {
	r.noting.Lock()
	defer r.noting.Unlock()
	for _, p := range all {
		p.noted = true
		r.append(processRecord(p, true))
	}
}

// resumeAll lets paused nodes go on at the end of a run: a program that stands still does not
// hear that it is to end, and would be waited for in vain. Of a network that is left running, nobody
// could resume them later.
func (r *runner) resumeAll() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	for _, n := range r.file.Plan.Nodes {
		if r.powerOf(n.Name) == topology.PowerPause {
			_ = r.power(ctx, n.Name, topology.PowerResume) // else they are stopped as they are
		}
	}
}
