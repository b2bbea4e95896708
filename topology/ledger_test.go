package topology_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netsim/topology"
)

func TestNumbers(t *testing.T) {
	for want, all := range map[string][]uint64{
		"":                     nil,
		"3":                    {3},
		"3, 4":                 {3, 4},
		"3-5":                  {3, 4, 5},
		"3, 7, 12-15":          {3, 7, 12, 13, 14, 15},
		"1-3, 5, 6, 8":         {1, 2, 3, 5, 6, 8},
		"3, 3":                 {3, 3},
		"18446744073709551615": {1<<64 - 1},
	} {
		if got := topology.Numbers(all); got != want {
			t.Errorf("%v: %q, want %q", all, got, want)
		}
	}
}

func TestFlowsInWords(t *testing.T) {
	p := netip.MustParseAddrPort
	for want, f := range map[string]topology.Flow{
		"udp 10.1.0.2:40001 -> 10.1.0.3:7":       {Protocol: "udp", From: p("10.1.0.2:40001"), To: p("10.1.0.3:7")},
		"tcp [fd00::1]:1 -> [fd00::2]:2":         {Protocol: "tcp", From: p("[fd00::1]:1"), To: p("[fd00::2]:2")},
		"icmp echo 10.1.0.2 -> 10.1.0.3":         {Protocol: "icmp echo", From: p("10.1.0.2:0"), To: p("10.1.0.3:0")},
		"icmp echo 10.1.0.2 -> 10.1.0.3 (id 17)": {Protocol: "icmp echo", From: p("10.1.0.2:0"), To: p("10.1.0.3:0"), ID: 17},
		"icmp fd00::1 -> fd00::2":                {Protocol: "icmp", From: p("[fd00::1]:0"), To: p("[fd00::2]:0")},
		"arp":                                    {Protocol: "arp"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f := topology.Flow{Protocol: "udp", From: p("10.1.0.2:40001"), To: p("10.1.0.3:7")}
	if got := f.Words(func(netip.Addr) string { return "bob" }); got != "udp bob:40001 -> bob:7" {
		t.Errorf("with names: %q", got)
	}
}

// TestCausesAreComplete: what is not listed would never be told.
func TestCausesAreComplete(t *testing.T) {
	fatal := []topology.Cause{topology.Lost, topology.Dropped, topology.QueueFull, topology.LinkDown, topology.Partition, topology.Overrun}
	harmless := []topology.Cause{topology.Corrupted, topology.Duplicated, topology.Reordered}
	for _, c := range append(slices.Clone(fatal), harmless...) {
		if !slices.Contains(topology.Causes(), c) {
			t.Errorf("%s is not listed", c)
		}
		if c.Fatal() != slices.Contains(fatal, c) {
			t.Errorf("%s: fatal: %t", c, c.Fatal())
		}
	}
	if n := len(topology.Causes()); n != 9 {
		t.Errorf("%d causes, want 9", n)
	}
}

func TestFaultsMerge(t *testing.T) {
	fault := func(node string, c topology.Cause, more uint64, numbers ...uint64) topology.Fault {
		return topology.Fault{Node: node, Network: "lan", Direction: topology.In, Cause: c, Flow: topology.Flow{Protocol: "icmp echo"}, Packets: numbers, More: more}
	}
	given := []topology.Fault{
		fault("bob", topology.Lost, 0, 7, 9), fault("alice", topology.Lost, 0, 1),
		fault("bob", topology.Lost, 2, 3), fault("bob", topology.Dropped, 5), fault("bob", topology.Lost, 1, 8),
	}
	want := []topology.Fault{fault("bob", topology.Lost, 3, 3, 7, 8, 9), fault("alice", topology.Lost, 0, 1), fault("bob", topology.Dropped, 5)}
	got := topology.MergeFaults(given)
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b topology.Flow) bool { return a == b })); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if !slices.Equal(given[0].Packets, []uint64{7, 9}) || given[0].More != 0 {
		t.Errorf("merging changes what it is given: %+v", given[0])
	}
	if n := got[0].Count(); n != 7 {
		t.Errorf("%d packets, want 7", n)
	}
	if got[0].Link() != "bob.lan" {
		t.Errorf("link %q", got[0].Link())
	}
}

func TestInexact(t *testing.T) {
	s := topology.LinkState{Out: topology.Counters{Faults: map[topology.Cause]uint64{topology.Overrun: 2, topology.Lost: 7}}}
	if s.In.Faults = map[topology.Cause]uint64{topology.Overrun: 3}; s.Inexact() != 5 {
		t.Errorf("%d, want 5", s.Inexact())
	}
}
