package scenario

import (
	"context"
	"fmt"

	"netsim/topology"
)

// restart is `restart: NODE`: it is back after a power cut, and its own `image:` and `run:` are
// started as they were before the first step. One that was not killed is killed first.
type restart struct{ node string }

func readRestart(s *stepReader) action { return &restart{s.node(s.value, "restart")} }

func (a *restart) String() string    { return "restart " + a.node }
func (a *restart) result() signature { return signature{} }
func (a *restart) wants() string     { return a.node + " is back" }

func (a *restart) do(ctx context.Context, r *runner, _ *Step) Record {
	return r.switching(ctx, a.node, func() Record { return a.again(ctx, r) })
}

func (a *restart) again(ctx context.Context, r *runner) Record {
	if r.powerOf(a.node) != topology.PowerKill {
		if err := r.kill(ctx, a.node); err != nil {
			return problemOf(err)
		}
	}
	if err := r.power(ctx, a.node, topology.PowerRestart); err != nil {
		return problemOf(err)
	}
	return r.setupAgain(ctx, a.node)
}

// setupAgain starts a node's own programs, each once the one before it is ready.
func (r *runner) setupAgain(ctx context.Context, node string) Record {
	r.mu.Lock()
	r.lives[node]++
	r.mu.Unlock()
	for _, s := range r.file.Setup {
		if commandOf(s).node != node {
			continue
		}
		limited, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("%s have passed", s.Timeout))
		rec := s.action.do(limited, r, s)
		cancel()
		if rec.Problem != "" {
			rec.Problem, rec.Result, rec.Exit = s.Name+": "+rec.Problem, nil, nil
			return rec
		}
	}
	return Record{}
}
