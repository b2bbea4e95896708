package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"netsim/scenarios/report"
	"netsim/scenarios/scenario"
	"netsim/topology"
)

// stage is a network that is up, and what happens on it.
type stage struct {
	run      topology.Run
	file     *scenario.File
	world    topology.World
	journal  *scenario.Journal
	progress *progressLine
	text     report.Text
	kept     bool
}

// perform runs the steps and takes the network down, or leaves it. It returns what
// was judged; the error is the machine's.
func (s *stage) perform(ctx context.Context) (report.Report, error) {
	play := scenario.Execution{
		File: s.file, World: s.world, Journal: s.journal, Observer: s.watcher(),
		Leave: s.run.Keep || s.stays(),
	}
	err := play.Run(ctx)
	if ctx.Err() != nil {
		err = nil // that it was interrupted is told by the caller
	}
	r := report.New(s.file, s.journal.Records(), s.journal.Dir())
	if err == nil && r.Passed() && s.stays() && !s.run.Keep {
		s.stay(ctx)
	}
	err = errors.Join(err, s.leave(ctx))
	play.Wait()
	return r, err
}

// stays says whether the network has nothing to do but to be there.
func (s *stage) stays() bool { return len(s.file.Steps) == 0 }

// stay waits for Ctrl-C, or for somebody else to take the network down.
func (s *stage) stay(ctx context.Context) {
	s.progress.line("the network is up: " + strings.Join(nodeNames(s.file.Plan), ", "))
	s.progress.line("netsim exec NODE -- COMMAND works from another terminal; Ctrl-C takes the network down")
	var gone <-chan struct{}
	if w, ok := s.world.(topology.Watched); ok {
		gone = w.Done()
	}
	select {
	case <-ctx.Done():
	case <-gone:
		s.progress.line("the network was taken down")
	}
}

func nodeNames(p *topology.Plan) []string {
	names := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		names[i] = n.Name
	}
	return names
}

// leave takes the network down, or lets go of one that is to be kept. An interrupted
// one is never kept.
func (s *stage) leave(ctx context.Context) error {
	if s.run.Keep && ctx.Err() == nil {
		return s.keep(ctx)
	}
	if ctx.Err() != nil {
		s.progress.line(s.interruption() + "taking the network down")
	}
	started := time.Now()
	s.progress.begin("taking the network down")
	err := s.world.Close()
	if err == nil {
		s.progress.line("      down          " + seconds(time.Since(started)))
	}
	return err
}

// interruption is what to say of Ctrl-C: it is how a network without steps ends.
func (s *stage) interruption() string {
	if s.stays() {
		return ""
	}
	return "interrupted: "
}

func (s *stage) keep(ctx context.Context) error {
	keeper, ok := s.world.(topology.Keeper)
	if !ok {
		return errors.Join(errors.New("--keep: this driver cannot keep a network"), s.world.Close())
	}
	if err := keeper.Keep(ctx); err != nil {
		return errors.Join(err, s.world.Close())
	}
	s.kept = true
	return s.world.Close()
}

// watcher prints steps as they go.
type watcher struct {
	progress *progressLine
	text     report.Text
	about    report.Report // what the text needs to know of the run
}

func (s *stage) watcher() *watcher {
	return &watcher{s.progress, s.text, report.New(s.file, s.journal.Records(), "")}
}

// StepStarted shows on a terminal what is running.
func (w *watcher) StepStarted(s *scenario.Step) { w.progress.begin(s.Name) }

// StepEnded prints what was judged of a step.
func (w *watcher) StepEnded(_ *scenario.Step, v scenario.Verdict) {
	w.progress.clear()
	w.text.Step(w.about, v)
}
