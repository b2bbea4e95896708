package main

import (
	"netsim/nodes"
	"netsim/nodes/broadcast"
	"netsim/nodes/chat"
	"netsim/nodes/echo"
	"netsim/nodes/frame"
	"netsim/nodes/hash"
	"netsim/nodes/listen"
	"netsim/nodes/make"
	"netsim/nodes/multicast"
	"netsim/nodes/ping"
	"netsim/nodes/probe"
	"netsim/nodes/remote"
	"netsim/nodes/show"
	"netsim/nodes/talk"
	"netsim/nodes/trace"
	"netsim/nodes/web"
)

// programs is the node programs, in the order of the help.
func programs() nodes.Set {
	return nodes.Set{
		ping.Program(),
		trace.Program(),
		probe.Program(),
		echo.Program(),
		chat.Program(),
		talk.Program(),
		frame.Program(),
		broadcast.Program(),
		multicast.Program(),
		listen.Program(),
		remote.Program(),
		web.Program(),
		show.Program(),
		hash.Program(),
		make.Program(),
	}
}
