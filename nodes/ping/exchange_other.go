//go:build !linux

package ping

import (
	"context"
	"runtime"

	"netsim/nodes"
)

func (o options) exchange(context.Context, *tally) error {
	return nodes.Failf(nodes.Failed, "ping runs on Linux only, this is %s; inside a scenario's nodes it runs everywhere", runtime.GOOS)
}
