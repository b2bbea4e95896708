package agent

import (
	"netsim/topology"
	"netsim/topology/kernel"
)

// Sysctls are the settings that a node's container must be created with: the agent cannot
// write below /proc/sys, which is read-only there.
func Sysctls(n topology.Node) map[string]string { return kernel.Sysctls(n) }
