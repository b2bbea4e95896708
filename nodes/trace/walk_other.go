//go:build !linux

package trace

import (
	"context"
	"runtime"

	"netsim/nodes"
)

func (o options) walk(context.Context, *way, func(hop)) error {
	return nodes.Failf(nodes.Failed, "trace runs on Linux only, this is %s; inside a scenario's nodes it runs everywhere", runtime.GOOS)
}
