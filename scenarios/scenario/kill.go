package scenario

import "context"

// kill is `kill: NODE`: as a power cut. Its programs are gone, and that is no crash of theirs.
type kill struct{ node string }

func readKill(s *stepReader) action { return &kill{s.node(s.value, "kill")} }

func (a *kill) String() string    { return "kill " + a.node }
func (a *kill) result() signature { return signature{} }
func (a *kill) wants() string     { return a.node + " is killed" }

func (a *kill) do(ctx context.Context, r *runner, _ *Step) Record {
	return r.switching(ctx, a.node, func() Record { return problemOf(r.kill(ctx, a.node)) })
}
