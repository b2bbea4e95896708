//go:build !linux

package echo

import (
	"context"
	"runtime"

	"netsim/nodes"
)

func (s *server) loop(context.Context) error {
	return nodes.Failf(nodes.Failed, "--model eventloop needs Linux's epoll, this is %s; inside a scenario's nodes it runs everywhere", runtime.GOOS)
}
