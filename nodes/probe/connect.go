package probe

import (
	"context"
	"time"

	"netsim/nodes"
)

// pause waits until a time, or until the context ends; then it is false.
func pause(ctx context.Context, until time.Time) bool {
	left := time.Until(until)
	if left <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// interrupted is the error to tell when the context has ended: the one that came of it says
// nothing.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return nodes.Failf(nodes.Failed, "interrupted")
	}
	return err
}
