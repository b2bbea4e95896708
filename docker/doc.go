// Package docker is the driver that builds a plan out of a Docker Engine's networks
// and containers.
//
//	                  Driver.Up
//	segment office ──► bridge network  netsim-RUN-office     no address of the machine on it
//	node alice     ──► container       netsim-RUN-alice      first process: netsim agent
//	                        │ attached standard input and output
//	World.Start    ──► agent.Client ─► agent.Server ─► program
//
// Docker makes the cables; the agent in each container sets names, addresses and
// routes by the plan, whatever Docker has given. So what Docker is told of a segment is
// book-keeping alone: the scenario's own subnet and gateway where they are free, so that
// `docker network inspect` tells the truth; another one where a second run of
// netsim has them. Where somebody else's network overlaps a segment, the engine's
// address translation for that network would swallow the segment's packets: Up refuses with *Overlap.
//
// # What is whose
//
// Every object carries labels: netsim.run, netsim.scenario and netsim.owner, the process that
// made it. Only what has these labels and the name netsim-RUN-… that fits them is ever touched.
// When the owner dies, standard input of the agents ends, they exit, and the engine
// removes the containers. Sweep removes the rest, once the owner is dead. A kept network is
// marked by a volume netsim-RUN-kept, which is made after all agents know.
//
// Networks are the one thing that can refuse to go: old engines sometimes count an
// endpoint too many. Such a network is reported (*Leftover), keeps its name and subnet to itself,
// and is tried again by every Sweep.
//
// # The machine
//
// The engine is found as testcontainers-go finds it: DOCKER_HOST, the default socket, a
// rootless one. Without one the error is *topology.Unavailable. The image is made of the running
// executable (Driver.Executable), which must be a Linux one.
package docker
