package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// inHand is how long an engine may take to finish what a process asked for
	// before it was killed.
	inHand = time.Second

	// forsaken is how old a run whose owner cannot be seen from here must be, with
	// nothing of it running, to count as dead: longer than bringing up takes.
	forsaken = time.Hour
)

// Sweep removes what dead runs left: those whose owner has ended and which are not
// kept, or were kept and have no node running any more. A run on its way up in
// another process has a living owner and is left alone. What it says includes the
// networks that stay.
//
// The order matters: owner first, mark second. An owner that was seen dead has marked its
// network as kept before, or never will. And a run that has begun may still get a
// network that the engine was making when its owner died: for those there is a second look.
func (d *Driver) Sweep(ctx context.Context) ([]string, error) {
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer e.close()
	all, err := e.estates(ctx, "")
	if err != nil {
		return nil, err
	}
	orphans := withoutOwner(all, e.local(), time.Now())
	if len(orphans) == 0 {
		return nil, nil
	}
	if err := e.readMarks(ctx, "", all); err != nil {
		return nil, err
	}
	orphans = slices.DeleteFunc(orphans, func(s *estate) bool { return s.kept && s.running() })
	return e.sweep(ctx, orphans)
}

// withoutOwner are the estates whose owner is dead, the oldest first.
func withoutOwner(all map[string]*estate, local bool, now time.Time) []*estate {
	me := thisProcess()
	var orphans []*estate
	for _, s := range all {
		switch s.owner.seenFrom(me, local) {
		case dead:
			orphans = append(orphans, s)
		case unknown:
			if !s.running() && now.Sub(s.since) > forsaken {
				orphans = append(orphans, s)
			}
		}
	}
	slices.SortFunc(orphans, func(a, b *estate) int { return a.since.Compare(b.since) })
	return orphans
}

// sweep removes estates and says what became of each.
func (e *engine) sweep(ctx context.Context, orphans []*estate) ([]string, error) {
	looked := time.Now()
	var told []string
	var errs []error
	for _, s := range orphans {
		err := e.clear(ctx, s)
		if err == nil && len(s.marks) > 0 {
			err = e.lookAgain(ctx, s, looked.Add(inHand))
		}
		var left *Leftover
		switch {
		case errors.As(err, &left):
			told = append(told, left.Error())
			err = e.removeMarks(ctx, s)
		case err == nil:
			told = append(told, fmt.Sprintf("run %s (%s): removed what its dead process left", s.run, s.scenario))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("run %s: %w", s.run, err))
		}
	}
	return told, errors.Join(errs...)
}

// lookAgain removes, at a later time, what has come since.
func (e *engine) lookAgain(ctx context.Context, s *estate, at time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(at)):
	}
	return e.demolish(ctx, s.run, nil)
}
