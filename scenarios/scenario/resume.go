package scenario

import (
	"context"

	"netsim/topology"
)

// resume is `resume: NODE`: the programs of a paused node go on.
type resume struct{ node string }

func readResume(s *stepReader) action { return &resume{s.node(s.value, "resume")} }

func (a *resume) String() string    { return "resume " + a.node }
func (a *resume) result() signature { return signature{} }
func (a *resume) wants() string     { return a.node + " goes on" }

func (a *resume) do(ctx context.Context, r *runner, _ *Step) Record {
	return r.switching(ctx, a.node, func() Record { return problemOf(r.power(ctx, a.node, topology.PowerResume)) })
}
