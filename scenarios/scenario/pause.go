package scenario

import (
	"context"

	"netsim/topology"
)

// pause is `pause: NODE`: its programs stand still, while its kernel still answers.
type pause struct{ node string }

func readPause(s *stepReader) action { return &pause{s.node(s.value, "pause")} }

func (a *pause) String() string    { return "pause " + a.node }
func (a *pause) result() signature { return signature{} }
func (a *pause) wants() string     { return a.node + " is paused" }

func (a *pause) do(ctx context.Context, r *runner, _ *Step) Record {
	return r.switching(ctx, a.node, func() Record { return problemOf(r.power(ctx, a.node, topology.PowerPause)) })
}
