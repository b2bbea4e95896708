package wire

import "netsim/topology/kernel"

// Place is where a node's links are.
type Place struct {
	Namespace *kernel.Namespace // belongs to the panel from then on
	NetNS     int               // a descriptor of the same network namespace, open for as long as the panel is; Here for the calling process's own
}

// Here is the network namespace of the calling process.
const Here = -1
