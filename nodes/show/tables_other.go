//go:build !linux

package show

import (
	"runtime"

	"netsim/nodes"
)

func routes() ([]nodes.Values, error) { return nil, notHere("routes") }

func neighbours() ([]nodes.Values, error) { return nil, notHere("neighbours") }

func notHere(what string) error {
	return nodes.Failf(nodes.Failed, "show %s runs on Linux only, this is %s; inside a scenario's nodes it runs everywhere", what, runtime.GOOS)
}
