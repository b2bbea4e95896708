package main

import (
	"netsim/nodes"
	"netsim/nodes/broadcast"
	"netsim/nodes/echo"
	"netsim/nodes/hash"
	"netsim/nodes/listen"
	"netsim/nodes/make"
	"netsim/nodes/multicast"
	"netsim/nodes/ping"
	"netsim/nodes/probe"
	"netsim/nodes/show"
	"netsim/nodes/trace"
)

// programs is the node programs, in the order of the help.
func programs() nodes.Set {
	return nodes.Set{
		ping.Program(),
		trace.Program(),
		probe.Program(),
		echo.Program(),
		broadcast.Program(),
		multicast.Program(),
		listen.Program(),
		show.Program(),
		hash.Program(),
		make.Program(),
	}
}
