package probe

import (
	"context"

	"netsim/nodes"
)

// interrupted is the error to tell when the context has ended: the one that came of it says
// nothing.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return nodes.Failf(nodes.Failed, "interrupted")
	}
	return err
}
