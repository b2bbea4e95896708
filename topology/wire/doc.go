// Package wire is link emulation: cables that delay, lose, repeat, reorder and corrupt
// packets, without netem, with CAP_NET_ADMIN and CAP_NET_RAW alone.
//
// A wire lies in the node's own network namespace, between its interface and the real cable:
//
//	 the node's stack        wire                          the network
//	┌────────────────┐  ┌──────────────┐                 ┌──────────────┐
//	│ eth0 10.1.0.2  ├──┤ x-eth0       │     w-eth0 ─────┤ bridge       │
//	└────────────────┘  │    ─── out ──┼──►              └──────────────┘
//	                    │    ◄── in ───┼───
//	                    └──────────────┘
//
// eth0 and x-eth0 are a veth pair, so the sender's stack sees a cable that took the packet. A
// direction without impairment is forwarded by the kernel (tc-mirred(8)). An impaired one is read from a
// packet socket (packet(7)), decided upon, and sent on from another; the kernel's own copy goes
// to a sink.
//
// # Deciding
//
// What happens to a packet is a pure function of the seed, the link, the direction, the flow, and the
// packet's number in the flow (fate.go). Time comes in only where a rate is: a full queue drops.
//
//	frame ─► parse ─► segments ─► fate of each ─► queue and rate ─► due time ─► heap ─► sent
//	                                  └── ledger: what was done to which packet of which flow
//
// A super-packet (GSO) is the packets that it would be on a real wire: each has its number and its
// fate; what survives leaves in runs as long as can be.
//
// What kernels say of themselves is passed on at once, whatever the impairment: ARP, IPv6 neighbour
// discovery, membership in multicast groups (IGMP, MLD). It comes at times of their choosing, and what is
// lost of it would be seen as loss of other flows. Only a link that is down stops it.
package wire
