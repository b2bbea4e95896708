package scenario

import "context"

// run is `run: COMMAND` with `on: NODE`: a program of netsim's own, to its end.
type run struct{ command *command }

func readRun(s *stepReader) action {
	node := s.on()
	return s.foregroundCommand(s.programCommand(node, s.value))
}

// foregroundCommand adds what run and exec have in common.
func (s *stepReader) foregroundCommand(c *command) action {
	stdin, _ := s.text(s.fields["stdin"], "stdin")
	env := s.environment(s.fields["env"])
	if c == nil {
		return nil
	}
	c.stdin, c.env = stdin, env
	return &run{c}
}

func (a *run) String() string    { return a.command.node + ": " + a.command.String() }
func (a *run) result() signature { return a.command.signature() }
func (a *run) ran() *command     { return a.command }

func (a *run) do(ctx context.Context, r *runner, s *Step) Record {
	p, err := r.launch(ctx, a.command, r.outputName(s, a.command.node))
	if err != nil {
		return notStarted(err)
	}
	p.feed(a.command.stdin)
	if p.wait(ctx) {
		return p.record()
	}
	p.stop()
	rec := p.record()
	rec.Problem = "no result: " + because(ctx)
	return rec
}

func notStarted(err error) Record {
	return Record{Problem: "it could not be started: " + err.Error()}
}
