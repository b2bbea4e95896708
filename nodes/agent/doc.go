// Package agent is the one stream that nodes speak: whoever holds the far end of it
// configures nodes, and starts programs on them.
//
//	 netsim                                         container, or native process
//	┌────────┐  configure start stdin eof stop …   ┌────────┐
//	│ Client │ ───────────── JSON lines ─────────► │ Server │── Machine: the nodes
//	│        │ ◄────────────────────────────────── │        │── programs
//	└────────┘   ok error stdout stderr exit …     └────────┘
//
// The stream is any io.ReadWriteCloser: a container's attached standard input and
// output, a socket pair, a Unix socket. A line is one message, at most MaxLine bytes.
//
//	client → server                          server → client
//	configure{id, setup}                     ok{id}  error{id, error}
//	start{id, node, command}                 stdout{id, data}  stderr{id, data}
//	stdin{id, data}  eof{id}  stop{id}       exit{id, exit}
//	credit{id, stream, bytes}                credit{id, stream, bytes}
//	link{id, node, network, link}
//	links{id, node}                          ok{id, links}
//	faults{id}                               ok{id, faults, more}
//	power{id, node, power}
//	keep{id}  ping{}                         pong{}
//
// A started program is called by the id of its start. Faults are told once, and in rounds:
// whoever gets an answer with more asks again.
//
// # Backpressure
//
// Each of a program's three streams has a window of Window bytes: who sends may have
// that much on the way, and gets credit for what the reader has taken. Behind a
// reader that stops, a program stalls in write(2) just as on a full pipe, and nobody
// else does. So a program costs at most three windows of memory on either side.
//
// # Life and death
//
// A program is a session of its own (setsid(2)). When its first process ends, or is
// stopped, the rest of the process group is killed and reaped. When the stream ends,
// what was started over it is killed. The client sends a ping every PingInterval; a
// server that hears nothing for Lease ends the stream by itself, and so does a client,
// so that a peer that vanished without a word (a remote engine, a sleeping laptop) leaves nothing.
//
// Keep makes the end of the stream harmless: programs run on, their output goes
// nowhere, and the nodes stay until Serve's context ends. Guests, who come
// over a Server's listener, may start programs and change links at any time, but neither configure nor
// keep, nor switch nodes off or hear of faults.
//
// # Privileges
//
// Programs are started from a Launcher: a thread that has given up every capability
// and set no-new-privileges, which the children inherit (capabilities(7),
// PR_SET_NO_NEW_PRIVS(2const)). Nothing is executed in between.
package agent
