package topotest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"netsim/topology"
)

// Broken is what a Driver's worlds say of their links and nodes, besides Scripts. The zero value lets all
// succeed and tells of no faults.
type Broken struct {
	Faults      [][]topology.Fault         // what the first call of World.Faults returns, the second, …; then none
	FaultsError error                      // what World.Faults returns besides
	Refuses     map[string]error           // what World.SetLink returns, by "bob.office", and World.Power, by "kill bob"
	Slow        map[string]<-chan struct{} // by the same: it begins once this is closed, or fails when ctx ends
	Lingers     map[string]<-chan struct{} // by the same: it is done, and returns once this is closed
}

// state is what a World remembers of its links and nodes. World.mu guards it.
type state struct {
	acts   []string
	links  map[string]topology.Link  // by "bob.office", as SetLink has set them
	powers map[string]topology.Power // what was done last, by node
	asked  int                       // how often for faults
}

// Acts is all that the world was asked to do, in order: "start bob: echo serve",
// "link bob.office: loss 10%", "kill bob".
func (w *World) Acts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.state.acts)
}

// act writes down a request, and returns what the driver's tables say of it.
func (w *World) act(ctx context.Context, words, key string) error {
	w.mu.Lock()
	w.state.acts = append(w.state.acts, words)
	w.mu.Unlock()
	if err := until(ctx, w.driver.Broken.Slow[key]); err != nil {
		return err
	}
	return w.driver.Broken.Refuses[key]
}

// until waits for a channel to be closed; for none not at all.
func until(ctx context.Context, closed <-chan struct{}) error {
	if closed == nil {
		return nil
	}
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SetLink is recorded; see Acts and Links.
func (w *World) SetLink(ctx context.Context, node, network string, l topology.Link) error {
	name := node + "." + network
	if err := w.act(ctx, "link "+name+": "+l.String(), name); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.links == nil {
		w.state.links = map[string]topology.Link{}
	}
	w.state.links[name] = l
	return nil
}

// Links are the node's links as the plan has them, or as SetLink has set them since.
func (w *World) Links(_ context.Context, node string) ([]topology.LinkState, error) {
	n := w.run.Plan.Node(node)
	if n == nil {
		return nil, fmt.Errorf("no node %q", node)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []topology.LinkState
	for _, x := range n.Interfaces {
		l, set := w.state.links[node+"."+x.Segment]
		if !set {
			l = x.Link
		}
		all = append(all, topology.LinkState{Node: node, Network: x.Segment, Link: l})
	}
	return all, nil
}

// Faults plays what the driver says.
func (w *World) Faults(context.Context) ([]topology.Fault, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := w.state.asked
	w.state.asked++
	if b := w.driver.Broken; i < len(b.Faults) {
		return b.Faults[i], b.FaultsError
	}
	return nil, w.driver.Broken.FaultsError
}

// Power is recorded; see Acts. A node that is killed ends its processes with SIGKILL.
func (w *World) Power(ctx context.Context, node string, p topology.Power) error {
	words := string(p) + " " + node
	if err := w.act(ctx, words, words); err != nil {
		return err
	}
	w.mu.Lock()
	if w.state.powers == nil {
		w.state.powers = map[string]topology.Power{}
	}
	if p == topology.PowerResume && w.state.powers[node] != topology.PowerPause {
		w.mu.Unlock()
		return errors.New(node + " is not paused")
	}
	w.state.powers[node] = p
	processes := slices.Clone(w.processes)
	w.mu.Unlock()
	for _, x := range processes {
		if p == topology.PowerKill && x.Call.Node == node {
			x.powerCut()
			<-x.done
		}
	}
	return until(ctx, w.driver.Broken.Lingers[words])
}

// hasPower says why nothing can be started on a node; nil where it can. The caller holds the lock.
func (s *state) hasPower(node string) error {
	switch s.powers[node] {
	case topology.PowerKill:
		return errors.New(node + " is killed")
	case topology.PowerPause:
		return errors.New(node + " is paused")
	}
	return nil
}

// powerCut ends a process as SIGKILL does, unless it has ended: its last lines are not written.
func (p *Process) powerCut() {
	select {
	case <-p.done:
		return
	default:
	}
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	p.kill()
}
