package topotest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"netsim/topology"
)

// LAN is one segment without a router:
//
//	alice ──┬── office 10.1.0.0/24
//	bob   ──┘
func LAN() topology.Topology {
	return topology.Topology{
		Name:     "lan",
		Networks: []topology.Network{network("office", 1)},
		Hosts:    []topology.Host{host("alice", "office"), host("bob", "office")},
	}
}

// Routed is two segments and one router:
//
//	alice, bob ── office 10.1.0.0/24 ── gw ── workshop 10.2.0.0/24 ── carol
func Routed() topology.Topology {
	return topology.Topology{
		Name:     "routed",
		Networks: []topology.Network{network("office", 1), network("workshop", 2)},
		Routers:  []topology.Router{router("gw", "office", "workshop")},
		Hosts:    []topology.Host{host("alice", "office"), host("bob", "office"), host("carol", "workshop")},
	}
}

// Chain is three routers in a row:
//
//	alice ── a ── r1 ── b ── r2 ── c ── r3 ── d ── dave
func Chain() topology.Topology {
	return topology.Topology{
		Name:     "chain",
		Networks: []topology.Network{network("a", 1), network("b", 2), network("c", 3), network("d", 4)},
		Routers:  []topology.Router{router("r1", "a", "b"), router("r2", "b", "c"), router("r3", "c", "d")},
		Hosts:    []topology.Host{host("alice", "a"), host("dave", "d")},
	}
}

// Ring is four routers in a ring, a host on each segment:
//
//	n ── r1 ── e
//	│          │
//	r4         r2
//	│          │
//	w ── r3 ── s
func Ring() topology.Topology {
	return topology.Topology{
		Name:     "ring",
		Networks: []topology.Network{network("n", 1), network("e", 2), network("s", 3), network("w", 4)},
		Routers:  []topology.Router{router("r1", "n", "e"), router("r2", "e", "s"), router("r3", "s", "w"), router("r4", "w", "n")},
		Hosts:    []topology.Host{host("nora", "n"), host("emil", "e"), host("sara", "s"), host("wim", "w")},
	}
}

// Island is Routed with a third segment that has no router:
//
//	alice ── office ── gw ── workshop ── carol        ida, ivo ── island
func Island() topology.Topology {
	t := Routed()
	t.Name = "island"
	t.Networks = append(t.Networks, network("island", 3))
	t.Hosts = append(t.Hosts, host("ida", "island"), host("ivo", "island"))
	return t
}

// Generate is a random topology: the same for the same seed. It has up to five
// segments and four routers, which may leave segments unconnected; some routers
// know only their own networks, some hosts have no gateway, and some have static
// routes, so that packets also end on the way.
func Generate(seed uint64) topology.Topology {
	g := generator{rand.New(rand.NewPCG(seed, 0x6e657473696d))}
	t := topology.Topology{Name: fmt.Sprintf("generated-%d", seed), Seed: seed}
	for i := range 2 + g.IntN(4) {
		t.Networks = append(t.Networks, network(fmt.Sprintf("n%d", i+1), byte(i+1)))
	}
	for i := range 1 + g.IntN(4) {
		t.Routers = append(t.Routers, g.router(i, t.Networks))
	}
	for i := range 2 + g.IntN(3) {
		t.Hosts = append(t.Hosts, g.host(i, t))
	}
	return t
}

type generator struct{ *rand.Rand }

// networks picks some of the networks, each at most once, in random order.
func (g generator) networks(all []topology.Network, n int) []topology.Attachment {
	var picked []topology.Attachment
	for _, i := range g.Perm(len(all))[:min(n, len(all))] {
		picked = append(picked, topology.Attachment{Network: all[i].Name})
	}
	return picked
}

func (g generator) router(i int, all []topology.Network) topology.Router {
	r := topology.Router{Name: fmt.Sprintf("r%d", i+1), Attachments: g.networks(all, 2+g.IntN(2))}
	if g.IntN(5) == 0 {
		r.Routing = topology.RoutingNone
	}
	return r
}

func (g generator) host(i int, t topology.Topology) topology.Host {
	h := topology.Host{Name: fmt.Sprintf("h%d", i+1), Attachments: g.networks(t.Networks, 1+g.IntN(8)/7)}
	if g.IntN(4) == 0 {
		h.Gateway = "none"
		h.Routes = g.staticRoute(h.Attachments, t)
	}
	return h
}

// staticRoute leads to a random network by way of the first router on the host's own;
// there is none where the host has no router, or is on that network itself.
func (g generator) staticRoute(own []topology.Attachment, t topology.Topology) []topology.StaticRoute {
	to := t.Networks[g.IntN(len(t.Networks))]
	on := func(n string) func(topology.Attachment) bool {
		return func(a topology.Attachment) bool { return a.Network == n }
	}
	routed := func(r topology.Router) bool { return slices.ContainsFunc(r.Attachments, on(own[0].Network)) }
	if slices.ContainsFunc(own, on(to.Name)) || !slices.ContainsFunc(t.Routers, routed) {
		return nil
	}
	for _, n := range t.Networks {
		if n.Name == own[0].Network {
			return []topology.StaticRoute{{Destination: to.Subnet, Via: n.Subnet.Addr().Next()}}
		}
	}
	return nil
}

func network(name string, i byte) topology.Network {
	return topology.Network{Name: name, Subnet: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, i, 0, 0}), 24)}
}

func router(name string, networks ...string) topology.Router {
	return topology.Router{Name: name, Attachments: attach(networks)}
}

func host(name string, networks ...string) topology.Host {
	return topology.Host{Name: name, Attachments: attach(networks)}
}

func attach(networks []string) []topology.Attachment {
	var a []topology.Attachment
	for _, n := range networks {
		a = append(a, topology.Attachment{Network: n})
	}
	return a
}
