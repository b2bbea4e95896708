package scenario

import (
	"context"
	"fmt"

	"go.yaml.in/yaml/v3"

	"netsim/topology"
)

// start is `start: NAME` with `run` or `exec`: a program in the background. It goes on
// when the program is ready: when a server of netsim's own says so, when the output of any
// other has the text of `ready`, and else at once.
type start struct {
	name    string
	command *command
	ready   string // of exec
}

func readStart(s *stepReader) action {
	name, ok := s.text(s.value, "the name")
	if ok {
		name = s.newBackground(s.value, name)
	}
	b := s.startOf(name, s.on())
	if b == nil {
		s.scope.addBackground(name, nil)
		return nil
	}
	b.command.env = s.environment(s.fields["env"])
	return b
}

// newBackground checks the name of a background program.
func (s *stepReader) newBackground(n *yaml.Node, name string) string {
	if !topology.IsName(name) && !isIdentifier(name) {
		s.wrong(n, fmt.Sprintf("%q is not a name for a background program", name), "letters, digits, hyphens and underscores, at most 40")
	}
	s.unique(n, "background program", name)
	return name
}

// startOf reads `run`, `exec` and `ready`.
func (s *stepReader) startOf(name, node string) *start {
	b := &start{name: name}
	program, argv := s.fields["run"], s.fields["exec"]
	switch {
	case program != nil && argv != nil:
		s.wrong(argv, "run and exec in one step", "run for a program of netsim's own, exec for any other")
	case program != nil:
		b.command = s.programCommand(node, program)
	case argv != nil:
		b.command = s.argvCommand(node, argv)
	default:
		s.mistake(s.step.Position, "nothing to start", "run: COMMAND, or exec: [argv]")
	}
	if n := s.fields["ready"]; n != nil {
		b.ready, _ = s.text(n, "ready")
		if program != nil {
			s.wrong(n, "ready is for exec", "programs that are run say themselves when they are ready")
		}
	}
	if b.command == nil {
		return nil
	}
	return b
}

func (a *start) String() string {
	return fmt.Sprintf("start %s: %s: %s", a.name, a.command.node, a.command)
}

func (a *start) result() signature {
	if a.isServer() {
		return signature{fields: a.command.call.Form.Ready}
	}
	return signature{}
}

func (a *start) ran() *command { return a.command }

func (a *start) isServer() bool { return a.command.call != nil && a.command.call.Form.Server }

func (a *start) do(ctx context.Context, r *runner, s *Step) Record {
	p, err := r.launch(ctx, a.command, r.outputName(s, a.command.node))
	if err != nil {
		return notStarted(err)
	}
	r.addBackground(a.name, p)
	switch {
	case a.isServer():
		if e := p.await(ctx, func(e *event) bool { return e.kind == "ready" }); e != nil {
			return Record{Result: e.raw, Files: p.files()}
		}
	case a.ready == "" || p.untilSaid(ctx, a.ready):
		return Record{Files: p.files()}
	}
	return a.neverReady(ctx, p)
}

// neverReady is the record of a program that ended, or was too slow.
func (a *start) neverReady(ctx context.Context, p *running) Record {
	ended := p.hasEnded()
	p.stop()
	rec := p.record()
	rec.Problem = "not ready: " + because(ctx)
	if a.ready != "" {
		rec.Problem += fmt.Sprintf(", and its output has no %q", a.ready)
		rec.Seen = p.lastOutput()
	}
	if ended {
		rec.Problem = "it ended before it was ready: " + p.ending()
	}
	return rec
}
