package scenario

import (
	"context"
	"slices"

	"netsim/nodes"
)

// await is `await: NAME`: with `event: EXPR` the first event of a background program that
// fits and that no earlier await has taken; without, the program's end and result.
type await struct {
	name    string
	command *command
	event   *Expectation // nil: its end
}

func readAwait(s *stepReader) action {
	name, b := s.backgroundName(s.value, "the name")
	if n := s.fields["within"]; n != nil {
		s.step.Timeout = s.duration(n, "within")
		if s.fields["timeout"] != nil {
			s.wrong(n, "within and timeout in one step", "they mean the same here: take one")
		}
	}
	if b == nil {
		return nil
	}
	a := &await{name: name, command: b.command}
	if n := s.fields["event"]; n != nil {
		return s.awaitEvent(a)
	}
	return a
}

func (s *stepReader) awaitEvent(a *await) action {
	n := s.fields["event"]
	if a.command.call == nil {
		s.wrong(n, a.name+" has no events", "only programs that are run have: "+a.command.String()+" is exec")
		return nil
	}
	text, ok := s.text(n, "event")
	if !ok {
		return nil
	}
	x := s.expression(n, text, eventSignature(a.command.call.Form))
	if x == nil {
		return nil
	}
	a.event = &Expectation{s.inside(n, 0), text, x}
	return a
}

// eventSignature is the fields of all events of a form, and `event`, their kind.
func eventSignature(f *nodes.Form) signature {
	fields := []nodes.Field{{Name: "event", Type: nodes.Text, Help: "the kind of event"}}
	add := func(more []nodes.Field) {
		for _, x := range more {
			if !slices.ContainsFunc(fields, func(y nodes.Field) bool { return y.Name == x.Name }) {
				fields = append(fields, x)
			}
		}
	}
	for _, k := range f.Events {
		add(k.Fields)
	}
	add(f.Ready)
	add(f.ResultFields())
	return signature{fields: fields}
}

func (a *await) String() string {
	if a.event != nil {
		return "await " + a.name + ": " + a.event.Text
	}
	return "await " + a.name
}

func (a *await) result() signature {
	if a.event != nil {
		return eventSignature(a.command.call.Form)
	}
	return a.command.signature()
}

func (a *await) ran() *command { return a.command }

func (a *await) do(ctx context.Context, r *runner, _ *Step) Record {
	p := r.find(a.name)
	switch {
	case p == nil:
		return notRunning(a.name)
	case a.event != nil:
		return a.awaitEvent(ctx, r, p)
	case p.wait(ctx):
		return p.record()
	}
	return Record{Problem: a.name + " has not ended: " + because(ctx)}
}

func (a *await) awaitEvent(ctx context.Context, r *runner, p *running) Record {
	results := r.bench.resultsNow()
	e := p.await(ctx, func(e *event) bool { return !e.taken && a.fits(r.file, results, e) })
	if e != nil {
		return Record{Result: e.raw}
	}
	rec := Record{Problem: "no event fits: " + because(ctx), Seen: p.lastEvents(3)}
	if p.hasEnded() {
		rec.Problem = "no event fits: " + a.name + " has ended: " + p.ending()
	}
	return rec
}

// fits evaluates the expression on an event. A kind of event that lacks the fields asked
// for does not fit.
func (a *await) fits(file *File, results map[string]any, e *event) bool {
	own, err := decode(e.raw)
	if err != nil {
		return false
	}
	yes, err := a.event.expr.holds(environment(file.Plan, results, own))
	return err == nil && yes
}
