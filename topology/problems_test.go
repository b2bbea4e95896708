package topology_test

import (
	"net/netip"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

func TestProblems(t *testing.T) {
	a, p := netip.MustParseAddr, netip.MustParsePrefix
	for _, x := range []struct {
		name  string
		spoil func(*topology.Topology)
		want  string // where: message | hint or valid names
	}{
		{"no network", func(t *topology.Topology) { t.Networks, t.Routers, t.Hosts = nil, nil, nil },
			"networks: there is no network | networks: { office: 10.1.0.0/24 }"},
		{"no subnet", func(t *topology.Topology) { t.Networks = append(t.Networks, topology.Network{Name: "x"}) },
			"networks.x.subnet: network x has no subnet | an IPv4 subnet such as 10.1.0.0/24"},
		{"ipv6", func(t *topology.Topology) { t.Networks = append(t.Networks, net("x", "2001:db8::/64")) },
			"networks.x.subnet: 2001:db8::/64 is not an IPv4 subnet | an IPv4 subnet such as 10.1.0.0/24"},
		{"host bits", func(t *topology.Topology) { t.Networks = append(t.Networks, net("x", "10.9.0.1/24")) },
			"networks.x.subnet: 10.9.0.1/24 has bits set behind its /24 | the subnet is 10.9.0.0/24"},
		{"too small", func(t *topology.Topology) { t.Networks = append(t.Networks, net("x", "10.9.0.0/31")) },
			"networks.x.subnet: a segment cannot be a /31 | from /8 to /30: a /30 has two host addresses"},
		{"loopback", func(t *topology.Topology) { t.Networks = append(t.Networks, net("x", "127.1.0.0/16")) },
			"networks.x.subnet: 127.1.0.0/16 lies in 127.0.0.0/8, which is loopback: it never leaves a node | an IPv4 subnet such as 10.1.0.0/24"},
		{"overlap", func(t *topology.Topology) { t.Networks = append(t.Networks, net("x", "10.1.0.128/25")) },
			"networks.x.subnet: 10.1.0.128/25 of network x overlaps 10.1.0.0/24 of network office | give each network a subnet of its own"},
		{"mtu", func(t *topology.Topology) { t.Networks[0].MTU = 20 },
			"networks.office.mtu: mtu is 20 | bytes, from 68 (RFC 791) to 65535"},
		{"name", func(t *topology.Topology) { t.Hosts[0].Name = "al ice" },
			`hosts.al ice: "al ice" is not a name for a host | a name is letters, digits and hyphens, at most 40, and begins with a letter or digit`},
		{"same name", func(t *topology.Topology) { t.Hosts[0].Name = "gw" },
			"hosts.gw: host gw has the name of a router | every router and host needs a name of its own"},
		{"no such network", func(t *topology.Topology) { t.Hosts[0].Attachments[0].Network = "ofice" },
			`hosts.alice.networks.ofice: host alice: there is no network "ofice" | office workshop`},
		{"twice", func(t *topology.Topology) {
			t.Hosts[0].Attachments = append(t.Hosts[0].Attachments, t.Hosts[0].Attachments[0])
		},
			"hosts.alice.networks.office: host alice is on network office twice | name each network once"},
		{"nowhere", func(t *topology.Topology) { t.Hosts[0].Attachments = nil },
			"hosts.alice: host alice is on no network | name one of: office, workshop"},
		{"outside", func(t *topology.Topology) { t.Hosts[0].Attachments[0].Address = a("10.2.0.7") },
			"hosts.alice.networks.office: host alice: 10.2.0.7 is not in 10.1.0.0/24 | 10.1.0.1 to 10.1.0.254"},
		{"broadcast", func(t *topology.Topology) { t.Hosts[0].Attachments[0].Address = a("10.1.0.255") },
			"hosts.alice.networks.office: host alice: 10.1.0.255 is the broadcast address of 10.1.0.0/24 | 10.1.0.1 to 10.1.0.254"},
		{"network address", func(t *topology.Topology) { t.Hosts[0].Attachments[0].Address = a("10.1.0.0") },
			"hosts.alice.networks.office: host alice: 10.1.0.0 is the address of the network 10.1.0.0/24 itself | 10.1.0.1 to 10.1.0.254"},
		{"taken", func(t *topology.Topology) {
			t.Hosts[0].Attachments[0].Address, t.Hosts[1].Attachments[0].Address = a("10.1.0.7"), a("10.1.0.7")
		}, "hosts.bob.networks.office: host bob: alice has 10.1.0.7 already | give each node an address of its own, or leave it out"},
		{"full", func(t *topology.Topology) { t.Networks[0].Subnet = p("10.1.0.0/30") },
			"networks.office.subnet: network office: 10.1.0.0/30 has 2 host addresses, 3 are needed | a larger subnet, such as 10.1.0.0/29"},
		{"count", func(t *topology.Topology) { t.Hosts[0].Count = -1 },
			"hosts.alice.count: count is -1 | a number from 1 to 4096"},
		{"count with address", func(t *topology.Topology) {
			t.Hosts[0].Count, t.Hosts[0].Attachments[0].Address = 2, a("10.1.0.7")
		}, "hosts.alice.networks.office: 2 hosts cannot share the address 10.1.0.7 | leave the address out: each host gets its own"},
		{"gateway name", func(t *topology.Topology) { t.Networks[0].Gateway = "gate" },
			`networks.office.gateway: there is no router "gate" | gw none`},
		{"gateway elsewhere", func(t *topology.Topology) { t.Networks[0].Gateway = "10.2.0.1" },
			"networks.office.gateway: gateway 10.2.0.1 is not in 10.1.0.0/24 | 10.1.0.1 to 10.1.0.254"},
		{"host gateway", func(t *topology.Topology) { t.Hosts[0].Gateway = "10.2.0.1" },
			"hosts.alice.gateway: gateway 10.2.0.1 is on none of the networks of alice | an address in 10.1.0.0/24"},
		{"next hop", func(t *topology.Topology) {
			t.Hosts[0].Routes = []topology.StaticRoute{{Destination: p("10.9.0.0/16"), Via: a("10.2.0.7")}}
		}, "hosts.alice.routes.0: 10.2.0.7 is on none of the networks of alice | a next hop is a neighbour: an address in 10.1.0.0/24"},
		{"connected", func(t *topology.Topology) {
			t.Hosts[0].Routes = []topology.StaticRoute{{Destination: p("10.1.0.0/24"), Via: a("10.1.0.7")}}
		}, "hosts.alice.routes.0: alice is on 10.1.0.0/24 itself | a route leads to a network that the node is not on"},
		{"two routes", func(t *topology.Topology) {
			r := topology.StaticRoute{Destination: p("10.9.0.0/16"), Via: a("10.1.0.7")}
			t.Hosts[0].Routes = []topology.StaticRoute{r, r}
		}, "hosts.alice.routes.1: alice: two routes to 10.9.0.0/16 | one route for each destination"},
		{"routing", func(t *topology.Topology) { t.Routers[0].Routing = "ospf" },
			`routers.gw.routing: routing is "ospf" | auto none`},
	} {
		t.Run(x.name, func(t *testing.T) {
			topo := topotest.Routed()
			x.spoil(&topo)
			_, err := topology.Resolve(topo)
			ps, ok := err.(topology.Problems)
			if !ok {
				t.Fatalf("no problem found: %v", err)
			}
			if got := ps[0].Error() + " | " + ps[0].Hint + strings.Join(ps[0].Valid, " "); len(ps) != 1 || got != x.want {
				t.Errorf("%d problems, the first:\n%s\nwant\n%s", len(ps), got, x.want)
			}
		})
	}
}

func net(name, subnet string) topology.Network {
	return topology.Network{Name: name, Subnet: netip.MustParsePrefix(subnet)}
}

func TestAllProblemsAtOnce(t *testing.T) {
	topo := topotest.Routed()
	topo.Networks[0].MTU = 1
	topo.Hosts[0].Attachments[0].Network = "x"
	topo.Hosts[1].Count = -3
	topo.Routers[0].Routing = "rip"
	_, err := topology.Resolve(topo)
	if ps, _ := err.(topology.Problems); len(ps) != 4 {
		t.Errorf("%d problems, want 4:\n%v", len(ps), err)
	}
}
