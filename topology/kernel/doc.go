// Package kernel makes one network namespace match one node of a plan: interface
// names, Ethernet addresses, IPv4 addresses, routes, forwarding, and the hosts file.
//
// It is written once and entered two ways. A driver that holds a namespace
// descriptor calls At; the first process of a container calls Self for the namespace that it is
// in. So both drivers behave alike.
//
//	        Docker's names and addresses          the plan's
//	   ┌ eth1  172.… ┐                        ┌ eth0  10.1.0.2/24  02:00:0a:01:00:02 ┐
//	───┤             │  ── Configure ──►   ───┤                                      │
//	   └ eth0  172.… ┘                        └ eth1  10.2.0.2/24  02:01:0a:02:00:02 ┘
//
// It needs CAP_NET_ADMIN in the user namespace that owns the network namespace, and
// nothing else. What only files below /proc/sys can set is listed by Sysctls, for
// who can write them.
package kernel
