package scenario

import (
	"context"
	"fmt"
	"strconv"
	"sync"
)

// parallel is `parallel: [STEP, ..]`: all of them at once; it ends when all have.
type parallel struct{ steps []*Step }

func readParallel(s *stepReader) action {
	if s.inner {
		s.mistake(s.step.Position, "a parallel inside a parallel", "all its steps run at once: put them into one list")
		return nil
	}
	a := &parallel{}
	// Those beside each other do not see each other's names: none is there for sure.
	before := s.scope.clone()
	items := s.sequence(s.value, "parallel", "[{ on: alice, run: ping bob }, …]")
	for i, item := range items {
		id := s.step.ID + "." + strconv.Itoa(i+1)
		if inner := s.readStep(item, id, before.clone(), true); inner != nil {
			a.steps = append(a.steps, inner)
			s.scope.learn(inner)
		}
	}
	if len(items) == 0 {
		s.mistake(s.step.Position, "parallel has no steps", "[{ on: alice, run: ping bob }, …]")
	}
	s.step.Steps = a.steps
	return a
}

func (a *parallel) String() string    { return fmt.Sprintf("%d steps at once", len(a.steps)) }
func (a *parallel) result() signature { return signature{} }

func (a *parallel) do(ctx context.Context, r *runner, _ *Step) Record {
	var all sync.WaitGroup
	for _, s := range a.steps {
		all.Go(func() { r.try(ctx, s) })
	}
	all.Wait()
	return Record{}
}
