package wire

import (
	"reflect"
	"slices"
	"testing"

	"netsim/topology"
)

func TestLedgerTellsOnce(t *testing.T) {
	l, budget := newLedger(), 100
	dns, web := udpKey(40000, 53), udpKey(40001, 80)
	for _, x := range []struct {
		key   flowKey
		cause topology.Cause
		n     uint64
	}{
		{dns, topology.Lost, 3}, {web, topology.Lost, 1}, {dns, topology.Reordered, 5}, {dns, topology.Lost, 9}, {dns, topology.Lost, 7},
	} {
		l.note(x.key, x.cause, x.n, &budget)
	}
	l.lost(flowKey{}, 0)
	l.lost(flowKey{}, 4)
	l.lost(flowKey{}, 2)
	fault := func(c topology.Cause, f topology.Flow, more uint64, numbers ...uint64) topology.Fault {
		return topology.Fault{Node: "bob", Network: "lan", Direction: topology.In, Cause: c, Flow: f, Packets: numbers, More: more}
	}
	want := []topology.Fault{
		fault(topology.Lost, dns.flow(), 0, 3, 7, 9),
		fault(topology.Lost, web.flow(), 0, 1),
		fault(topology.Reordered, dns.flow(), 0, 5),
		fault(topology.Overrun, topology.Flow{Protocol: "any"}, 6),
	}
	if got := l.take("bob", "lan", topology.In); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if again := l.take("bob", "lan", topology.In); len(again) != 0 {
		t.Errorf("told again: %+v", again)
	}
	l.note(dns, topology.Lost, 10, &budget)
	if got := l.take("bob", "lan", topology.In); len(got) != 1 || !slices.Equal(got[0].Packets, []uint64{10}) {
		t.Errorf("afterwards: %+v, want packet 10", got)
	}
	if l.totals[topology.Lost] != 5 || l.totals[topology.Reordered] != 1 || l.totals[topology.Overrun] != 6 {
		t.Errorf("totals are %v", l.totals)
	}
}

// TestLedgerIsBounded: what is beyond the budget is counted, and no packet is forgotten.
func TestLedgerIsBounded(t *testing.T) {
	for _, budget := range []int{0, 1, 2, 3, 10, 1000} {
		l, left := newLedger(), budget
		for flow := range uint16(100) {
			for n := range uint64(20) {
				l.note(udpKey(40000+flow, 53), topology.Lost, n+1, &left)
			}
		}
		var all, written uint64
		faults := l.take("bob", "lan", topology.In)
		for _, f := range faults {
			all += f.Count()
			written += uint64(len(f.Packets))
		}
		if all != 2000 || l.totals[topology.Lost] != 2000 {
			t.Errorf("budget %d: %d packets in rows, %d in all, want 2000", budget, all, l.totals[topology.Lost])
		}
		if rows := len(faults); int(written)+rows > budget+1 {
			t.Errorf("budget %d: %d numbers in %d rows", budget, written, rows)
		}
	}
}

// TestLedgerIsSharedBetweenLinks: one link's flood leaves the other its counts.
func TestLedgerIsSharedBetweenLinks(t *testing.T) {
	a, b, left := newLedger(), newLedger(), 5
	for n := range uint64(10) {
		a.note(udpKey(1, 2), topology.Lost, n+1, &left)
	}
	b.note(udpKey(1, 2), topology.Lost, 1, &left)
	b.note(udpKey(1, 2), topology.Dropped, 2, &left)
	got := b.take("bob", "lan", topology.In)
	if len(got) != 2 || got[0].More != 1 || got[0].Cause != topology.Lost || got[0].Flow.Protocol != "any" || got[1].Cause != topology.Dropped {
		t.Errorf("%+v, want one lost and one dropped, of any flow", got)
	}
}
