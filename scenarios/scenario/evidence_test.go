package scenario

import (
	"slices"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

// TestExplain is what failures say of the way.
func TestExplain(t *testing.T) {
	oneWay := topotest.Chain() // r3 does not know the way back
	oneWay.Routers[2].Routing = topology.RoutingNone
	viaHost := topotest.LAN() // bob is no router
	viaHost.Hosts[0].Gateway = "10.1.0.2"
	for _, x := range []struct {
		in         topology.Topology
		from, host string
		ttl        int
		want       string
	}{
		{topotest.Routed(), "alice", "bob", 64, "alice -> bob: alice, bob: no router, so ttl 64 arrives as 64"},
		{topotest.Routed(), "alice", "10.2.0.2", 64, "alice -> 10.2.0.2: alice, gw, carol: one router, so ttl 64 arrives as 63"},
		{topotest.Routed(), "alice", "gw.workshop", 64, "alice -> gw.workshop: alice, gw: no router, so ttl 64 arrives as 64"},
		{topotest.Chain(), "alice", "dave", 64, "alice -> dave: alice, r1, r2, r3, dave: three routers, so ttl 64 arrives as 61"},
		{topotest.Chain(), "alice", "dave", 2, "alice -> dave: alice, r1, r2: ttl 2 is used up at r2"},
		{topotest.Chain(), "alice", "192.0.2.1", 64, "alice -> 192.0.2.1: r1 has no route to 192.0.2.1"},
		{topotest.Chain(), "alice", "10.4.0.99", 64, "alice -> 10.4.0.99: r3 finds nobody on that network who has 10.4.0.99"},
		{topotest.Island(), "ida", "alice", 64, "ida -> alice: ida has no route to 10.1.0.0/24"},
		{oneWay, "alice", "dave", 64, "alice -> dave: alice, r1, r2, r3, dave: three routers, so ttl 64 arrives as 61\n" +
			"and back, dave -> alice: r3 has no route to 10.1.0.0/24"},
		{topotest.Ring(), "nora", "wim", 64, "nora -> wim: nora, r1, r4, wim: two routers, so ttl 64 arrives as 62\n" +
			"and back, wim -> nora: wim, r3, r4, nora: two routers, so ttl 64 arrives as 62"},
		{viaHost, "alice", "192.0.2.1", 64, "alice -> 192.0.2.1: bob is a host and passes nothing on"},
		{topotest.Routed(), "alice", "127.0.0.1", 64, ""},
		{topotest.Routed(), "alice", "10.1.0.255", 64, ""},
		{topotest.Routed(), "alice", "224.0.0.1", 64, ""},
	} {
		plan, err := topology.Resolve(x.in)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(oracle{plan, topology.NewOracle(plan), true}.explain(x.from, x.host, x.ttl), "\n")
		if got != x.want {
			t.Errorf("%s: %s -> %s:\n got %s\nwant %s", x.in.Name, x.from, x.host, got, x.want)
		}
	}
}

// TestWantedCauses is what a failure says of links: what its expectation is about, or everything.
func TestWantedCauses(t *testing.T) {
	var all []topology.Fault
	for _, c := range topology.Causes() {
		all = append(all, topology.Fault{Cause: c})
	}
	for want, causes := range map[string][]topology.Cause{
		"duplicated == 0":             {topology.Duplicated},
		"reordered == 0":              {topology.Reordered},
		"corrupted + reordered < 3":   {topology.Corrupted, topology.Reordered},
		"loss == 0%":                  {topology.Lost, topology.Dropped, topology.QueueFull, topology.Corrupted, topology.LinkDown, topology.Partition, topology.Overrun},
		"bytes == 1MB":                topology.Causes(),
		`far.error == "timeout"`:      topology.Causes(),
		"lost == 0 or duplicated > 0": {topology.Lost, topology.Dropped, topology.QueueFull, topology.Corrupted, topology.Duplicated, topology.LinkDown, topology.Partition, topology.Overrun},
	} {
		var got []topology.Cause
		for _, f := range wantedCauses(want, all) {
			got = append(got, f.Cause)
		}
		if !slices.Equal(got, causes) {
			t.Errorf("%s: %v, want %v", want, got, causes)
		}
	}
	if got := wantedCauses("duplicated == 0", all[:1]); len(got) != 1 {
		t.Errorf("nothing is told where nothing fits: %v", got)
	}
}

// TestCables is which links packets pass there and back, where the ways are not the same, and where
// there is none.
func TestCables(t *testing.T) {
	oneWay := topotest.Chain() // r3 does not know the way back
	oneWay.Routers[2].Routing = topology.RoutingNone
	for _, x := range []struct {
		in         topology.Topology
		from, host string
		want       string
	}{
		{topotest.Routed(), "alice", "alice", ""},
		{topotest.Ring(), "nora", "wim", "nora.n r1.n r1.n r4.n r4.w wim.w wim.w r3.w r3.w r4.w r4.n nora.n"},
		{oneWay, "alice", "dave", ""},
		{topotest.Chain(), "alice", "192.0.2.1", ""},
	} {
		plan, err := topology.Resolve(x.in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range (oracle{plan: plan, Oracle: topology.NewOracle(plan)}).cables(x.from, x.host, topology.DefaultTTL) {
			got = append(got, c.node+"."+c.network)
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: %s -> %s:\n got %s\nwant %s", x.in.Name, x.from, x.host, strings.Join(got, " "), x.want)
		}
	}
}
