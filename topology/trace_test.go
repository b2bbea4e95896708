package topology_test

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

func TestTrace(t *testing.T) {
	for _, x := range []struct {
		topo     topology.Topology
		from, to string
		ttl      int
		want     string // hops, outcome at node, TTL
	}{
		{topotest.Routed(), "alice", "10.1.0.3", 64, "bob: delivered at bob, ttl 64"},
		{topotest.Routed(), "alice", "10.2.0.2", 64, "gw carol: delivered at carol, ttl 63"},
		{topotest.Routed(), "alice", "10.1.0.2", 64, "alice: delivered at alice, ttl 64"},
		{topotest.Routed(), "alice", "10.2.0.1", 1, "gw: delivered at gw, ttl 1"},
		{topotest.Routed(), "alice", "10.2.0.2", 1, "gw: ttl exceeded at gw, ttl 0"},
		{topotest.Routed(), "alice", "10.1.0.99", 64, ": host unreachable at alice, ttl 64"},
		{topotest.Routed(), "alice", "10.2.0.99", 64, "gw: host unreachable at gw, ttl 63"},
		{topotest.Routed(), "alice", "192.0.2.1", 64, "gw: network unreachable at gw, ttl 64"},
		{topotest.LAN(), "alice", "192.0.2.1", 64, ": network unreachable at alice, ttl 64"},
		{topotest.Chain(), "alice", "10.4.0.2", 64, "r1 r2 r3 dave: delivered at dave, ttl 61"},
		{topotest.Chain(), "alice", "10.4.0.2", 3, "r1 r2 r3: ttl exceeded at r3, ttl 0"},
		{topotest.Ring(), "nora", "10.3.0.3", 64, "r1 r2 sara: delivered at sara, ttl 62"},
		{topotest.Ring(), "nora", "10.4.0.3", 64, "r1 r4 wim: delivered at wim, ttl 62"},
		{topotest.Island(), "alice", "10.3.0.1", 64, "gw: network unreachable at gw, ttl 64"},
		{topotest.Island(), "ida", "10.1.0.2", 64, ": network unreachable at ida, ttl 64"},
		{looped(), "alice", "192.0.2.1", 5, "r1 r2 r1 r2 r1: ttl exceeded at r1, ttl 0"},
		{hostAsGateway(), "alice", "192.0.2.1", 64, "bob: not forwarded at bob, ttl 64"},
	} {
		p := topology.Trace(resolve(t, x.topo), x.from, netip.MustParseAddr(x.to), x.ttl)
		if got := describe(p); got != x.want {
			t.Errorf("%s: %s -> %s: %s\nwant %s", x.topo.Name, x.from, x.to, got, x.want)
		}
	}
}

func describe(p topology.Path) string {
	return strings.Join(p.Names(), " ") + ": " + string(p.Outcome) + " at " + p.At + ", ttl " + strconv.Itoa(p.TTL)
}

// looped is two routers that each think the other knows: alice ── a ── r1 ── b ── r2.
func looped() topology.Topology {
	t := topotest.Chain()
	t.Name = "looped"
	to := netip.MustParsePrefix("192.0.2.0/24")
	t.Routers[0].Routes = []topology.StaticRoute{{Destination: to, Via: netip.MustParseAddr("10.2.0.2")}}
	t.Routers[1].Routes = []topology.StaticRoute{{Destination: to, Via: netip.MustParseAddr("10.2.0.1")}}
	return t
}

func hostAsGateway() topology.Topology {
	t := topotest.LAN()
	t.Name = "host-as-gateway"
	t.Hosts[0].Gateway = "10.1.0.2"
	return t
}

func TestEcho(t *testing.T) {
	for _, x := range []struct {
		topo     topology.Topology
		from, to string
		want     topology.Echo
	}{
		{topotest.Routed(), "alice", "10.2.0.2", topology.Echo{Received: true, TTL: 63}},
		{topotest.Chain(), "alice", "10.4.0.2", topology.Echo{Received: true, TTL: 61}},
		{topotest.Island(), "alice", "10.3.0.1", topology.Echo{Error: topology.NetworkUnreachable, At: "gw"}},
		{topotest.Island(), "ida", "10.1.0.2", topology.Echo{Error: topology.NetworkUnreachable, At: "ida"}},
		{topotest.Routed(), "alice", "10.2.0.99", topology.Echo{Error: topology.HostUnreachable, At: "gw"}},
		{hostAsGateway(), "alice", "192.0.2.1", topology.Echo{}},
		{noWayBack(), "alice", "10.2.0.2", topology.Echo{}},
	} {
		got := topology.NewOracle(resolve(t, x.topo)).Echo(x.from, netip.MustParseAddr(x.to))
		if got.Received != x.want.Received || got.TTL != x.want.TTL || got.Error != x.want.Error || got.At != x.want.At {
			t.Errorf("%s: %s -> %s: %+v\nwant %+v", x.topo.Name, x.from, x.to, got, x.want)
		}
	}
}

// noWayBack is Routed where carol has no gateway: requests arrive, replies do not.
func noWayBack() topology.Topology {
	t := topotest.Routed()
	t.Name = "no-way-back"
	t.Hosts[2].Gateway = "none"
	return t
}

// Every router's table leads packets to their segment without loops, whatever the
// graph: shortest paths with equal tie-breaks cannot disagree.
func TestAutomaticRoutesNeverLoop(t *testing.T) {
	for seed := range uint64(300) {
		topo := topotest.Generate(seed)
		for i := range topo.Hosts {
			topo.Hosts[i].Routes = nil
		}
		o := topology.NewOracle(resolve(t, topo))
		plan := resolve(t, topo)
		for _, from := range plan.Nodes {
			for _, to := range plan.Nodes {
				if p := o.Trace(from.Name, to.Interfaces[0].Address.Addr(), topology.DefaultTTL); p.Outcome == topology.TTLExceeded {
					t.Fatalf("seed %d: %s -> %s loops: %v", seed, from.Name, to.Name, p.Names())
				}
			}
		}
	}
}
