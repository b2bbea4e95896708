package scenario

import (
	"context"
	"fmt"
)

// send is `send: LINE` with `to: NAME`: one line to a background program's standard
// input.
type send struct {
	to      string
	line    string
	command *command
}

func readSend(s *stepReader) action {
	line, ok := s.text(s.value, "the line")
	if s.fields["to"] == nil {
		s.wrong(s.value, "send does not say to which program", "to: NAME; "+choose("", s.scope.started))
		return nil
	}
	to, b := s.backgroundName(s.fields["to"], "to")
	if !ok || b == nil {
		return nil
	}
	return &send{to, line, b.command}
}

func (a *send) String() string    { return fmt.Sprintf("send %q to %s", a.line, a.to) }
func (a *send) result() signature { return signature{} }
func (a *send) ran() *command     { return a.command }

func (a *send) do(ctx context.Context, r *runner, _ *Step) Record {
	p := r.find(a.to)
	if p == nil {
		return notRunning(a.to)
	}
	if p.hasEnded() {
		rec := p.record()
		rec.Problem = a.to + " has ended: " + p.ending()
		return rec
	}
	if err := p.write(ctx, a.line+"\n"); err != nil {
		return Record{Problem: fmt.Sprintf("%s does not take the line: %v", a.to, err)}
	}
	return Record{}
}

// notRunning is the record of a step on a background program whose start did not work.
func notRunning(name string) Record {
	return Record{Problem: name + " was not started"}
}
