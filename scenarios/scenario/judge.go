package scenario

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Judge says which steps hold. It is pure: it looks at nothing but the file and the
// records. Of the hosts' own programs, those that did not start are told.
func Judge(file *File, records []Record) Verdicts {
	b := newBench(file)
	for _, rec := range records {
		b.add(rec)
	}
	var all Verdicts
	for _, s := range file.Setup {
		if v := b.judge(s); v.Outcome != Passed && !v.NotRun {
			all = append(all, v)
		}
	}
	for _, s := range file.Steps {
		all = append(all, b.judge(s))
	}
	return all
}

// bench holds what is known of a run: while it goes on, and afterwards.
type bench struct {
	file  *File
	named map[string]*Step // by `as`
	steps map[string]*Step // by ID

	mu      sync.Mutex
	records map[string][]Record  // attempts by step ID
	ended   []Record             // background programs that have ended by themselves
	links   []Record             // what links did to packets
	scenes  map[string]scene     // at the end of a step's last attempt, by step ID
	began   map[string]time.Time // background programs, by name
	outages *outages
	early   string // why the run ended early
}

func newBench(file *File) *bench {
	b := &bench{
		file: file, named: map[string]*Step{}, steps: map[string]*Step{}, records: map[string][]Record{},
		scenes: map[string]scene{}, began: map[string]time.Time{},
		outages: newOutages(file.Plan),
	}
	b.name(file.Setup)
	b.name(file.Steps)
	return b
}

func (b *bench) name(steps []*Step) {
	for _, s := range steps {
		b.steps[s.ID] = s
		if s.As != "" {
			b.named[s.As] = s
		}
		b.name(s.Steps)
	}
}

func (b *bench) add(rec Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch rec.Kind {
	case KindStep:
		b.records[rec.Step] = append(b.records[rec.Step], rec)
		if s := b.steps[rec.Step]; s != nil {
			b.watch(s, rec)
		}
	case KindProcess:
		if !rec.Stopped {
			b.ended = append(b.ended, rec)
		}
	case KindLink:
		b.links = append(b.links, rec)
	case KindEnd:
		b.early = rec.Problem
	}
}

// attempts is how often a step was tried so far.
func (b *bench) attempts(s *Step) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.records[s.ID])
}

// resultsNow are the results so far by their names.
func (b *bench) resultsNow() map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.results()
}

// results is resultsNow for who has the lock.
func (b *bench) results() map[string]any {
	all := map[string]any{}
	for name, s := range b.named {
		if own, ok := b.result(s); ok {
			all[name] = own
		}
	}
	return all
}

// result is what the last attempt at a step gave.
func (b *bench) result(s *Step) (map[string]any, bool) {
	rec := last(b.records[s.ID])
	if rec == nil || rec.Problem != "" || rec.Result == nil {
		return nil, false
	}
	object, err := decode(rec.Result)
	if err != nil {
		return nil, false
	}
	return complete(object, s.signature().fields), true
}

func last(records []Record) *Record {
	if len(records) == 0 {
		return nil
	}
	return &records[len(records)-1]
}

// judge judges one step by what is known so far.
func (b *bench) judge(s *Step) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.verdict(s)
}

func (b *bench) verdict(s *Step) Verdict {
	v := Verdict{Step: s.ID, Name: s.Name, Verb: s.Verb, Position: s.Position, Outcome: Passed}
	for _, inner := range s.Steps {
		v.Steps = append(v.Steps, b.verdict(inner))
	}
	attempts := b.records[s.ID]
	if rec := last(attempts); rec != nil {
		v.Attempts, v.Stderr, v.Files = len(attempts), rec.Stderr, rec.Files
		v.Seconds = rec.Time.Sub(attempts[0].Time).Seconds() + rec.Seconds
		v.Failures = b.failures(s, rec)
	} else {
		v.NotRun = true
		v.Failures = []Failure{b.notRun(s)}
	}
	if c, ok := s.action.(*compare); ok && !v.NotRun {
		v.Table = b.table(c)
	}
	v.Outcome = worst(s, v)
	return v
}

// worst is the outcome of a step and of those inside it.
func worst(s *Step, v Verdict) Outcome {
	bad := Failed
	if s.Warning {
		bad = Warned
	}
	switch {
	case len(v.Failures) > 0 || v.Steps.Count(Failed) > 0:
		return bad
	case v.Steps.Count(Warned) > 0:
		return Warned
	}
	return Passed
}

func (b *bench) notRun(s *Step) Failure {
	f := b.failure(s.Position, "the step is run", "not run")
	if f.Got = "not run: the run ended before it"; b.early != "" {
		f.Got = "not run: " + b.early
	}
	return f
}

// failures are what does not hold of a step that was done.
func (b *bench) failures(s *Step, rec *Record) []Failure {
	switch {
	case rec.Problem != "":
		return []Failure{b.withEvidence(s, rec, b.failure(s.Position, wanted(s), rec.Problem))}
	case len(s.Expect) == 0:
		return b.exitFailure(s, rec)
	}
	own, _ := b.result(s)
	env := environment(b.file.Plan, b.results(), own)
	var all []Failure
	for _, x := range s.Expect {
		if f := b.expectation(s, rec, x, env); f != nil {
			all = append(all, *f)
		}
	}
	return onceEach(all)
}

// wanted is what a step wants where it comes to nothing.
func wanted(s *Step) string {
	switch a := s.action.(type) {
	case *await:
		if a.event != nil {
			return "an event: " + a.event.Text
		}
	case *start:
		return a.name + " is ready"
	case *send:
		return a.to + " takes the line"
	case wanter:
		return a.wants()
	case *wait, *parallel:
		return "the step ends"
	}
	return "a result"
}

// exitFailure judges a step without expectations: its program must say that it worked. One
// that `stop` ended may have ended by the signal.
func (b *bench) exitFailure(s *Step, rec *Record) []Failure {
	if rec.Exit == nil || rec.Exit.Code == 0 || rec.Stopped && rec.Exit.Signal != "" {
		return nil
	}
	got := fmt.Sprintf("exit = %d", rec.Exit.Code)
	if rec.Exit.Signal != "" {
		got += " (" + rec.Exit.Signal + ")"
	}
	if own, ok := b.result(s); ok && own["error"] != nil && own["error"] != "" {
		got += ", error = " + showAny(own["error"])
	}
	return []Failure{b.withEvidence(s, rec, b.failure(s.Position, "exit == 0", got))}
}

// expectation judges one expression; nil means that it holds.
func (b *bench) expectation(s *Step, rec *Record, x *Expectation, env map[string]any) *Failure {
	for _, name := range x.expr.results() {
		if env[name] == nil {
			f := b.failure(x.Position, x.Text, name+" has no result")
			return &f
		}
	}
	yes, err := x.expr.holds(env)
	if yes && err == nil {
		return nil
	}
	f := b.failure(x.Position, x.Text, b.got(x.expr, env))
	if err != nil {
		f.Got = strings.TrimPrefix(f.Got+", and then: "+err.Error(), ", and then: ")
	}
	f = b.withEvidence(s, rec, f)
	for _, name := range x.expr.results() {
		f.Why = append(f.Why, b.wayOf(b.named[name], f.Want)...)
	}
	return &f
}

func (b *bench) failure(at Position, want, got string) Failure {
	return Failure{File: b.file.Name, Position: at, Source: strings.TrimSpace(b.file.Line(at.Line)), Want: want, Got: got}
}

// got are the values of what an expression refers to.
func (b *bench) got(x *expression, env map[string]any) string {
	var parts []string
	for _, u := range x.uses {
		part := fmt.Sprintf("%s = %s", u, show(lookup(env, u.path), u.kind))
		if n, ok := ofHowMany(x, u, env); ok {
			part += fmt.Sprintf(" of %d", n)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// ofHowMany is the `sent` that belongs to a count, where the expression does not show it
// anyway: lost = 3 of 100. Only what counts losses has one: in a chat, what was received is not of what was sent.
func ofHowMany(x *expression, u use, env map[string]any) (int, bool) {
	switch u.path[len(u.path)-1] {
	case "lost", "received", "delivered":
	default:
		return 0, false
	}
	beside := u.path[: len(u.path)-1 : len(u.path)-1]
	if lookup(env, append(beside, "lost")) == nil {
		return 0, false
	}
	sent := append(beside, "sent")
	for _, other := range x.uses {
		if other.String() == strings.Join(sent, ".") {
			return 0, false
		}
	}
	n, ok := lookup(env, sent).(int)
	return n, ok
}

// onceEach leaves out evidence that a failure shows already.
func onceEach(failures []Failure) []Failure {
	for i := range failures {
		seen := map[string]bool{}
		var why []string
		for _, line := range failures[i].Why {
			if !seen[line] {
				seen[line] = true
				why = append(why, line)
			}
		}
		failures[i].Why = why
	}
	return failures
}
