package topology_test

import (
	"net/netip"
	"slices"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

// TestPartition keeps alice and carol from gw; bob is in no group:
//
//	alice 10.1.0.2, bob 10.1.0.3 ── office ── gw 10.1.0.1, 10.2.0.1 ── workshop ── carol 10.2.0.2
func TestPartition(t *testing.T) {
	all := resolve(t, topotest.Routed()).Partition([][]string{{"alice", "carol"}, {"gw"}})
	if _, there := all["bob"]; there || len(all) != 3 {
		t.Errorf("%d nodes refuse something, bob among them: %t", len(all), there)
	}
	for _, x := range []struct {
		at, from, to string
		want         bool
	}{
		{"alice", "10.1.0.1", "10.1.0.2", true},  // gw
		{"alice", "10.2.0.1", "10.1.0.2", true},  // gw's other address
		{"alice", "10.1.0.3", "10.1.0.2", false}, // bob, in no group
		{"alice", "10.2.0.2", "10.1.0.2", false}, // carol, of the same group, through gw
		{"alice", "10.1.0.2", "10.1.0.2", false},
		{"alice", "192.0.2.1", "10.1.0.2", false},      // nobody's
		{"alice", "10.1.0.1", "10.1.0.3", false},       // not hers
		{"alice", "10.1.0.1", "10.1.0.255", true},      // her network's broadcast
		{"alice", "10.1.0.1", "10.2.0.255", false},     // another one's
		{"alice", "10.1.0.1", "255.255.255.255", true}, // RFC 919
		{"alice", "10.1.0.1", "224.0.0.1", true},
		{"alice", "10.1.0.1", "239.1.2.3", true},
		{"alice", "10.1.0.3", "224.0.0.1", false},
		{"gw", "10.1.0.2", "10.1.0.1", true},
		{"gw", "10.1.0.2", "10.2.0.1", true}, // by its far address
		{"gw", "10.2.0.2", "10.1.0.1", true},
		{"gw", "10.2.0.2", "10.2.0.255", true},
		{"gw", "10.1.0.2", "10.1.0.255", true},
		{"gw", "10.1.0.2", "10.2.0.2", false}, // passed on
		{"gw", "10.1.0.3", "10.1.0.1", false},
		{"carol", "10.2.0.1", "10.2.0.2", true},
		{"carol", "10.1.0.1", "10.2.0.2", true},
		{"carol", "10.1.0.2", "10.2.0.2", false},
	} {
		if got := all[x.at].Refuses(netip.MustParseAddr(x.from), netip.MustParseAddr(x.to)); got != x.want {
			t.Errorf("%s refuses what comes from %s to %s: %t, want %t", x.at, x.from, x.to, got, x.want)
		}
	}
}

// TestRefusalsAreSorted: they are searched by halves, also where names are not in the order of addresses.
func TestRefusalsAreSorted(t *testing.T) {
	plan := resolve(t, topotest.Ring())
	all := plan.Partition([][]string{{"wim", "r4", "nora"}, {"r3", "sara", "r1"}, {"r2"}, {"nobody"}})
	for name, r := range all {
		if !slices.IsSortedFunc(r.From, netip.Addr.Compare) || !slices.IsSortedFunc(r.To, netip.Addr.Compare) {
			t.Errorf("%s: %v", name, r)
		}
	}
	for node, others := range map[string]int{"wim": 7, "sara": 6, "r2": 9} { // addresses: routers have two
		if got := len(all[node].From); got != others {
			t.Errorf("%s refuses %d addresses, want %d", node, got, others)
		}
	}
	if !all["nobody"].Refuses(plan.Node("r1").Interfaces[0].Address.Addr(), netip.MustParseAddr("224.0.0.1")) || len(all["nobody"].To) != 0 {
		t.Errorf("a node that is not there has %v", all["nobody"])
	}
}

func TestOneGroupRefusesNothing(t *testing.T) {
	plan := resolve(t, topotest.Routed())
	for _, groups := range [][][]string{nil, {{"alice", "gw"}}} {
		for name, r := range plan.Partition(groups) {
			if !r.IsZero() {
				t.Errorf("%v: %s refuses %v", groups, name, r.From)
			}
		}
	}
	none := topology.Refusal{To: []netip.Addr{netip.MustParseAddr("10.1.0.1")}}
	if none.Refuses(netip.MustParseAddr("10.1.0.2"), netip.MustParseAddr("10.1.0.1")) {
		t.Error("what refuses nobody refuses 10.1.0.2")
	}
}

func TestRefusalsAreEqual(t *testing.T) {
	a, b := []netip.Addr{netip.MustParseAddr("10.1.0.1")}, []netip.Addr{netip.MustParseAddr("10.1.0.2")}
	r := topology.Refusal{From: a, To: b}
	for _, x := range []struct {
		other topology.Refusal
		want  bool
	}{
		{topology.Refusal{From: slices.Clone(a), To: slices.Clone(b)}, true},
		{topology.Refusal{From: b, To: b}, false},
		{topology.Refusal{From: a, To: a}, false},
		{topology.Refusal{}, false},
	} {
		if got := r.Equal(x.other); got != x.want {
			t.Errorf("%v equals %v: %t", r, x.other, got)
		}
	}
}
