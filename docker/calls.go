package docker

import (
	"context"
	"time"
)

// callLimit is how long the engine may take for one call.
const callLimit = time.Minute

// uninterrupted is the context of a call that makes something. Such a call is not
// cancelled: the engine would go on with it, and what it makes would appear after
// everything was taken down. Whoever cancels waits for the call in progress.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callLimit)
}
