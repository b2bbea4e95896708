package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"netsim/topology"
)

// retryPause is between two attempts of a step with `retry`.
const retryPause = 100 * time.Millisecond

// Observer is told of steps as they go, also of the hosts' own programs (Step.Setup). Those
// inside a parallel are part of its verdict. Calls come one at a time.
type Observer interface {
	StepStarted(*Step)
	StepEnded(*Step, Verdict)
}

// Run runs the steps of a file on a world and writes down what happens; Judge then
// says what it means. It returns once all that it started has ended. Where the file has no
// steps, the hosts' own programs go on until the world is closed.
//
// The error is ctx's when that ended, the journal's when the disk did not take it, and nil
// otherwise: that steps fail, or that the run's timeout passes, is no error but in the journal.
// observer may be nil.
func Run(ctx context.Context, file *File, world topology.World, journal *Journal, observer Observer) error {
	e := Execution{File: file, World: world, Journal: journal, Observer: observer, Leave: len(file.Steps) == 0}
	return e.Run(ctx)
}

// Execution is one run of a file.
type Execution struct {
	File     *File
	World    topology.World
	Journal  *Journal
	Observer Observer // may be nil
	Leave    bool     // leave the background programs running, those of paused nodes too (a network that is kept)

	left []*running
}

// Run is the package's Run.
func (e *Execution) Run(ctx context.Context) error {
	r := &runner{
		file: e.File, world: e.World, journal: e.Journal, observer: e.Observer,
		bench: newBench(e.File), background: map[string]*running{}, cabling: newCabling(e.File.Plan, e.World),
		powers: map[string]topology.Power{}, lives: map[string]int{}, turns: newTurns(e.File.Plan),
	}
	limit := fmt.Errorf("the run's timeout of %s passed", e.File.Timeout)
	limited, cancel := context.WithTimeoutCause(ctx, e.File.Timeout, limit)
	defer cancel()
	began := time.Now()
	end := Record{Kind: KindEnd, Time: began}
	if end.Problem = r.setup(limited); end.Problem == "" {
		end.Problem = r.steps(limited)
	}
	if e.Leave && limited.Err() == nil {
		r.resumeAll()
		e.left = r.order
	} else {
		r.shutdown()
	}
	r.noting.Lock()
	r.noteFaults(ctx)
	r.noting.Unlock()
	end.Seconds = time.Since(began).Seconds()
	e.Journal.Append(end)
	return errors.Join(ctx.Err(), e.Journal.Err())
}

// Wait returns once the programs that Run left running have ended: after the world was
// closed.
func (e *Execution) Wait() {
	for _, p := range e.left {
		<-p.done
	}
}

// runner runs the steps of one file.
type runner struct {
	file     *File
	world    topology.World
	journal  *Journal
	bench    *bench
	observer Observer
	cabling  *cabling
	turns    turns

	mu         sync.Mutex
	background map[string]*running
	order      []*running                // as they were started
	powers     map[string]topology.Power // what was done last, by node
	lives      map[string]int            // how often a node was restarted

	noting sync.Mutex // keeps journal and bench in the same order
}

// note writes down the background programs that have ended by now, and then a record.
func (r *runner) note(rec Record) {
	r.noting.Lock()
	defer r.noting.Unlock()
	r.noteEnded()
	r.append(rec)
}

// noteStep is note, with what links did in between.
func (r *runner) noteStep(ctx context.Context, rec Record) {
	r.noting.Lock()
	defer r.noting.Unlock()
	r.noteEnded()
	r.noteFaults(ctx)
	r.append(rec)
}

func (r *runner) append(rec Record) {
	r.journal.Append(rec)
	r.bench.add(rec)
}

// noteEnded writes down each background program once that has ended and that nobody stopped.
func (r *runner) noteEnded() {
	r.mu.Lock()
	order := slices.Clone(r.order)
	r.mu.Unlock()
	for _, p := range order {
		if p.hasEnded() && !p.isStopped() && !p.noted {
			p.noted = true
			r.append(processRecord(p, false))
		}
	}
}

// setup starts the hosts' own programs. It returns why the run cannot go on, or "".
func (r *runner) setup(ctx context.Context) string {
	for _, s := range r.file.Setup {
		if v := r.step(ctx, s); v.Outcome != Passed {
			return fmt.Sprintf("%s is not running", s.Name)
		}
	}
	return ""
}

// steps runs the steps in order. It returns why it did not run all of them, or "".
func (r *runner) steps(ctx context.Context) string {
	for _, s := range r.file.Steps {
		if ctx.Err() != nil {
			return because(ctx)
		}
		if err := r.journal.Err(); err != nil {
			return err.Error()
		}
		r.step(ctx, s)
	}
	if ctx.Err() != nil {
		return because(ctx)
	}
	return ""
}

// step runs one step and tells the observer.
func (r *runner) step(ctx context.Context, s *Step) Verdict {
	if r.observer != nil {
		r.observer.StepStarted(s)
	}
	v := r.try(ctx, s)
	if r.observer != nil {
		r.observer.StepEnded(s, v)
	}
	return v
}

// try runs a step: with `retry`, again until it holds or the time is over.
func (r *runner) try(ctx context.Context, s *Step) Verdict {
	over := time.Now().Add(s.Retry)
	for attempt := 1; ; attempt++ {
		r.attempt(ctx, s, attempt)
		v := r.bench.judge(s)
		if len(v.Failures) == 0 || ctx.Err() != nil || !time.Now().Add(retryPause).Before(over) {
			return v
		}
		sleep(ctx, retryPause)
	}
}

// attempt does the step once and writes down what came of it.
func (r *runner) attempt(ctx context.Context, s *Step, n int) {
	began := time.Now()
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("%s have passed", s.Timeout))
		defer cancel()
	}
	rec := s.action.do(ctx, r, s)
	// Wall time: a journal that is read again must give the same verdicts.
	rec.Kind, rec.Time, rec.Seconds = KindStep, began.Round(0), time.Since(began).Seconds()
	rec.Step, rec.Attempt, rec.Name = s.ID, n, s.Name
	if c := commandOf(s); c != nil {
		rec.Node, rec.Command = c.node, c.argv
	}
	r.noteStep(ctx, rec)
}

// because says why a context has ended.
func because(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return "interrupted"
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (r *runner) addBackground(name string, p *running) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.name = name
	r.background[name] = p
	r.order = append(r.order, p)
}

// processRecord is what came of a background program, which the run has stopped or not.
func processRecord(p *running, stopped bool) Record {
	rec := p.record()
	rec.Kind, rec.Time, rec.Stopped = KindProcess, p.began, stopped
	rec.Name, rec.Node, rec.Command = p.name, p.command.node, p.command.argv
	rec.Seconds = time.Since(p.began).Seconds()
	return rec
}

// find is a background program that was started, or nil.
func (r *runner) find(name string) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.background[name]
}

// shutdown stops the background programs that still run, all at once, and writes down
// how all of them ended.
func (r *runner) shutdown() {
	r.noting.Lock()
	r.noteEnded()
	r.noting.Unlock()
	r.resumeAll()
	var all sync.WaitGroup
	for _, p := range r.order {
		if p.hasEnded() {
			continue
		}
		all.Go(func() {
			p.stop()
			r.note(processRecord(p, true))
		})
	}
	all.Wait()
}

// outputName begins the names of the files with a step's output: "alice-3".
func (r *runner) outputName(s *Step, node string) string {
	name := node + "-" + fileName(s.ID)
	if s.Setup {
		return fileName(s.ID) + r.lifeOf(node)
	}
	if n := r.bench.attempts(s); n > 0 {
		name += fmt.Sprintf("-attempt-%d", n+1)
	}
	return name
}

// lifeOf tells the files of a node's own programs apart that are started again: "-restart-1".
func (r *runner) lifeOf(node string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.lives[node]; n > 0 {
		return fmt.Sprintf("-restart-%d", n)
	}
	return ""
}
