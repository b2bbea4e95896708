// Package native is the driver that needs nothing but Linux: networks made of
// namespaces (namespaces(7)), for an ordinary user, in milliseconds.
//
// netsim starts itself again in new user, mount, network, PID and UTS namespaces, as
// root too. From in there it cannot touch the machine's own network, and when that
// process ends, however it ends, the kernel removes everything.
//
//	 netsim up                      netsim native serve: process 1 of its own PID namespace
//	┌───────────┐  one stream  ┌────────────────────────────────────────────────────────┐
//	│ Driver.Up ├──────────────┤ agent         switch namespace                         │
//	│ World     │              │        br0 (office) ─┬─ p0 ═══ eth0 │ alice's namespace │
//	└───────────┘              │                      └─ p1 ═══ eth0 │ gw's namespace    │
//	                           │        br1 (workshop) ─ p2 ═══ eth1 │ gw's              │
//	                           └────────────────────────────────────────────────────────┘
//
// One bridge per segment, one network namespace per node, one veth pair (═══) per
// cable. There is no process per node until a program runs there. A program gets the
// node's network namespace, hostname, processes, hosts file and working directory; it sees the machine's
// files, read-only but for its working directory, and without the places where services listen.
//
// Networks are found again by name in the abstract socket namespace (unix(7)), not by files:
// when a network's process is gone, so is its name.
package native
