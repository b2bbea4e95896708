package scenario

import "context"

// stop is `stop: NAME`: SIGTERM to a background program, and its result.
type stop struct {
	name    string
	command *command
}

func readStop(s *stepReader) action {
	name, b := s.backgroundName(s.value, "the name")
	if b == nil {
		return nil
	}
	return &stop{name, b.command}
}

func (a *stop) String() string    { return "stop " + a.name }
func (a *stop) result() signature { return a.command.signature() }
func (a *stop) ran() *command     { return a.command }

func (a *stop) do(ctx context.Context, r *runner, _ *Step) Record {
	p := r.find(a.name)
	if p == nil {
		return notRunning(a.name)
	}
	running := !p.hasEnded()
	p.stopBy(ctx)
	rec := p.record()
	rec.Stopped = running
	if !p.hasEnded() {
		rec.Problem = "it has not ended: " + because(ctx)
	}
	return rec
}
