package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"netsim/topology"
)

// udpKey is a flow from 10.0.0.1 to 10.0.0.2.
func udpKey(sport, dport uint16) flowKey {
	return flowKey{
		ether: etherIPv4, proto: protoUDP, sport: sport, dport: dport,
		src: [16]byte{10, 0, 0, 1}, dst: [16]byte{10, 0, 0, 2},
	}
}

// newFlow is the first flow to port 7, on the way to bob.
func newFlow(seed uint64) *flow { return flowOf(seed, "bob.lan", topology.In, udpKey(40000, 7)) }

func flowOf(seed uint64, link string, d topology.Direction, key flowKey) *flow {
	return newFlowTable(baseOf(seed, link, d)).find(&packet{key: key})
}

// fates are what happens to the next n packets.
func fates(f *flow, i topology.Impairment, n int) []fate {
	all := make([]fate, n)
	for k := range all {
		all[k] = f.next(&i)
	}
	return all
}

// lostOf are the numbers of those that do not arrive.
func lostOf(all []fate) []uint64 {
	var lost []uint64
	for _, d := range all {
		if d.lost != "" {
			lost = append(lost, d.n)
		}
	}
	return lost
}

// rough does everything to packets at once.
var rough = topology.Impairment{
	Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond,
	Loss: topology.Loss{Rate: 0.1, Burst: 3}, Drop: topology.Drop{Count: 2, Of: 30},
	Duplicate: 0.1, Reorder: 0.1, Corrupt: 0.1,
}

// TestSeedsMeanWhatTheyMeant pins the packets that a seed loses. Whoever changes these numbers makes every
// recorded run another one.
func TestSeedsMeanWhatTheyMeant(t *testing.T) {
	loss := topology.Impairment{Loss: topology.Loss{Rate: 0.1}}
	for _, x := range []struct {
		name string
		flow *flow
		i    topology.Impairment
		want string
	}{
		{"loss", newFlow(1), loss, "15, 27, 36, 42, 48, 80"},
		{"loss, seed 2", newFlow(2), loss, "14, 36, 74"},
		{"loss, out", flowOf(1, "bob.lan", topology.Out, udpKey(40000, 7)), loss, "11, 18, 24, 36, 37, 55, 63, 91, 100"},
		{"loss, ping", flowOf(1, "bob.lan", topology.In, flowKey{ether: etherIPv4, proto: protoICMP, kind: 9, echo: true, sport: 77}), loss, "27, 40, 45, 57, 71, 86, 99"},
		{"bursts", newFlow(1), topology.Impairment{Loss: topology.Loss{Rate: 0.1, Burst: 4}}, "47-54, 69-71"},
		{"blocks", newFlow(1), topology.Impairment{Drop: topology.Drop{Count: 3, Of: 20}}, "5, 15, 19, 23, 34, 37, 41, 54, 58, 71, 73, 78, 82, 86, 99"},
	} {
		if got := topology.Numbers(lostOf(fates(x.flow, x.i, 100))); got != x.want {
			t.Errorf("%s: lost %q, want %q", x.name, got, x.want)
		}
	}
}

// TestFatesAreWhatTheyWere pins everything else.
func TestFatesAreWhatTheyWere(t *testing.T) {
	i := topology.Impairment{Delay: time.Second, Jitter: time.Millisecond, Duplicate: 0.3, Reorder: 0.3, Corrupt: 0.7}
	want := []string{
		"duplicate false, reorder false, corrupt false, bit 0, jitter 743.244µs",
		"duplicate true, reorder true, corrupt true, bit 396, jitter -623.387µs",
		"duplicate false, reorder false, corrupt true, bit 88, jitter -250.593µs",
		"duplicate false, reorder true, corrupt false, bit 0, jitter 651.781µs",
		"duplicate false, reorder false, corrupt false, bit 0, jitter -331.363µs",
		"duplicate true, reorder false, corrupt true, bit 49, jitter -627.495µs",
		"duplicate true, reorder false, corrupt true, bit 44, jitter -374.247µs",
		"duplicate true, reorder false, corrupt true, bit 505, jitter 457.052µs",
		"duplicate true, reorder true, corrupt true, bit 810, jitter -998.12µs",
		"duplicate false, reorder false, corrupt true, bit 94, jitter -862.621µs",
	}
	for k, d := range fates(newFlow(1), i, len(want)) {
		got := fmt.Sprintf("duplicate %t, reorder %t, corrupt %t, bit %d, jitter %s", d.duplicate, d.reorder, d.corrupt, d.bit%1000, d.jitter)
		if got != want[k] {
			t.Errorf("packet %d: %s, want %s", d.n, got, want[k])
		}
	}
}

// TestFatesDependOnNothingElse plays one flow alone and among others.
func TestFatesDependOnNothingElse(t *testing.T) {
	const n = 2000
	alone := fates(newFlow(1), rough, n)
	if again := fates(newFlow(1), rough, n); !slices.Equal(alone, again) {
		t.Error("computed again, they are others")
	}
	for _, sport := range []uint16{32768, 51111, 65535} {
		if other := fates(flowOf(1, "bob.lan", topology.In, udpKey(sport, 7)), rough, n); !slices.Equal(alone, other) {
			t.Errorf("from port %d they are others", sport)
		}
	}
	table := newFlowTable(baseOf(1, "bob.lan", topology.In))
	for k := range n {
		for j := range uint16(k % 5) { // others, and ARP
			fates(table.find(&packet{key: udpKey(33000+j, 53+j)}), rough, 1)
			table.find(&packet{key: flowKey{ether: etherARP}}).count()
		}
		if got := table.find(&packet{key: udpKey(40000, 7)}).next(&rough); got != alone[k] {
			t.Fatalf("among other flows packet %d is %+v, want %+v", k+1, got, alone[k])
		}
	}
}

func TestFatesDependOnAllOfThese(t *testing.T) {
	i := topology.Impairment{Loss: topology.Loss{Rate: 0.5}}
	known := map[string]string{}
	second := newFlowTable(baseOf(1, "bob.lan", topology.In))
	second.find(&packet{key: udpKey(40000, 7)})
	reversed := udpKey(40000, 7)
	reversed.src, reversed.dst = reversed.dst, reversed.src
	for name, f := range map[string]*flow{
		"itself":           newFlow(1),
		"another seed":     newFlow(2),
		"a far seed":       newFlow(1 << 63),
		"another link":     flowOf(1, "carol.lan", topology.In, udpKey(40000, 7)),
		"another network":  flowOf(1, "bob.lan2", topology.In, udpKey(40000, 7)),
		"out":              flowOf(1, "bob.lan", topology.Out, udpKey(40000, 7)),
		"another service":  flowOf(1, "bob.lan", topology.In, udpKey(40000, 8)),
		"a chosen port":    flowOf(1, "bob.lan", topology.In, udpKey(5000, 7)),
		"the way back":     flowOf(1, "bob.lan", topology.In, reversed),
		"the second flow":  second.find(&packet{key: udpKey(40001, 7)}),
		"another protocol": flowOf(1, "bob.lan", topology.In, flowKey{ether: etherIPv4, proto: protoTCP, sport: 40000, dport: 7, src: [16]byte{10, 0, 0, 1}, dst: [16]byte{10, 0, 0, 2}}),
	} {
		lost := topology.Numbers(lostOf(fates(f, i, 200)))
		if other := known[lost]; other != "" {
			t.Errorf("%s loses the same packets as %s", name, other)
		}
		known[lost] = name
	}
}

func TestDropListed(t *testing.T) {
	i := topology.Impairment{Drop: topology.Drop{Numbers: []uint64{3, 7}}}
	for seed := range uint64(5) {
		for _, d := range fates(newFlow(seed), i, 100) {
			if dropped := d.lost == topology.Dropped; dropped != (d.n == 3 || d.n == 7) {
				t.Errorf("seed %d: packet %d: %q", seed, d.n, d.lost)
			}
		}
	}
}

// TestDropOfBlocks counts in each block, and how often each place is chosen.
func TestDropOfBlocks(t *testing.T) {
	const blocks = 2000
	for _, x := range []topology.Drop{{Count: 1, Of: 1}, {Count: 1, Of: 2}, {Count: 1, Of: 10}, {Count: 10, Of: 10}, {Count: 9, Of: 10}, {Count: 3, Of: 7}, {Count: 10, Of: 100}} {
		f := newFlow(3)
		places, choices := make([]int, x.Of), map[string]bool{}
		for b := range blocks {
			lost := lostOf(fates(f, topology.Impairment{Drop: x}, x.Of))
			if len(lost) != x.Count {
				t.Fatalf("%v: block %d loses %d", x, b, len(lost))
			}
			for k := range lost {
				lost[k] -= uint64(b * x.Of)
				places[lost[k]-1]++
			}
			choices[topology.Numbers(lost)] = true
		}
		p := float64(x.Count) / float64(x.Of)
		for place, n := range places {
			within(t, fmt.Sprintf("%v: place %d", x, place+1), float64(n), p*blocks, 5*math.Sqrt(blocks*p*(1-p)))
		}
		if x.Count < x.Of && len(choices) < 2 {
			t.Errorf("%v: all blocks lose the same", x)
		}
	}
}

func within(t *testing.T, what string, got, want, margin float64) {
	t.Helper()
	if math.Abs(got-want) > margin+1e-9 {
		t.Errorf("%s: %.6g, want %.6g ± %.3g", what, got, want, margin)
	}
}

const many = 20_000

// share checks that a ratio of many packets is met within 4 standard deviations; spread is by how much
// packets that depend on each other make the variance larger.
func share(t *testing.T, what string, got int, p, spread float64) {
	t.Helper()
	within(t, what, float64(got), p*many, 4*math.Sqrt(many*p*(1-p)*spread))
}

func TestLossMeetsItsRate(t *testing.T) {
	for _, rate := range []float64{0.001, 0.01, 0.1, 0.5} {
		for seed := range uint64(4) {
			for _, port := range []uint16{7, 53, 80} {
				f := flowOf(seed, "bob.lan", topology.In, udpKey(40000, port))
				lost := lostOf(fates(f, topology.Impairment{Loss: topology.Loss{Rate: rate}}, many))
				share(t, fmt.Sprintf("rate %v, seed %d, port %d", rate, seed, port), len(lost), rate, 1)
			}
		}
	}
	if lost := lostOf(fates(newFlow(1), topology.Impairment{Loss: topology.Loss{Rate: 1}}, 1000)); len(lost) != 1000 {
		t.Errorf("rate 1 loses %d of 1000", len(lost))
	}
}

// TestBursts: the correlation of neighbours in Gilbert's chain is c = 1 − p − r, which makes the variance
// of a sum (1+c)/(1−c) times that of independent packets.
func TestBursts(t *testing.T) {
	for _, x := range []topology.Loss{{Rate: 0.02, Burst: 5}, {Rate: 0.1, Burst: 2}, {Rate: 0.1, Burst: 10}, {Rate: 0.3, Burst: 4}, {Rate: 0.5, Burst: 1.5}} {
		r := 1 / x.Burst
		c := 1 - r - r*x.Rate/(1-x.Rate)
		total, bursts := 0, 0
		for seed := range uint64(10) {
			lost := lostOf(fates(newFlow(seed), topology.Impairment{Loss: x}, many))
			share(t, fmt.Sprintf("%v, seed %d", x, seed), len(lost), x.Rate, (1+c)/(1-c))
			total += len(lost)
			for k := range lost {
				if k == 0 || lost[k] != lost[k-1]+1 {
					bursts++
				}
			}
		}
		within(t, fmt.Sprintf("%v: mean burst", x), float64(total)/float64(bursts), x.Burst, x.Burst/10)
	}
}

// TestBurstsGoOnBehindDrops: packets dropped by number do not change which ones the bursts lose.
func TestBurstsGoOnBehindDrops(t *testing.T) {
	i := topology.Impairment{Loss: topology.Loss{Rate: 0.5, Burst: 4}}
	without := fates(newFlow(1), i, 1000)
	i.Drop.Numbers = []uint64{1, 2, 3, 50, 51, 500}
	for k, d := range fates(newFlow(1), i, 1000) {
		if d.lost != topology.Dropped && d.lost != without[k].lost {
			t.Fatalf("packet %d: %q, without drops %q", d.n, d.lost, without[k].lost)
		}
	}
}

func TestOtherShares(t *testing.T) {
	for _, ratio := range []float64{0.01, 0.1, 0.3} {
		i := topology.Impairment{Duplicate: ratio, Corrupt: ratio, Reorder: ratio}
		for seed := range uint64(4) {
			var duplicates, corrupts, reorders int
			last := false
			for _, d := range fates(newFlow(seed), i, many) {
				duplicates += count(d.duplicate)
				corrupts += count(d.corrupt)
				reorders += count(d.reorder)
				if last && d.reorder {
					t.Errorf("packets %d and %d are both overtaken", d.n-1, d.n)
				}
				last = d.reorder
			}
			what := fmt.Sprintf("ratio %v, seed %d: ", ratio, seed)
			share(t, what+"duplicate", duplicates, ratio, 1)
			share(t, what+"corrupt", corrupts, ratio, 1)
			share(t, what+"reorder", reorders, ratio, 1)
		}
	}
	var half int
	for _, d := range fates(newFlow(1), topology.Impairment{Reorder: topology.MaxReorder}, 1000) {
		half += count(d.reorder)
	}
	if half != 500 {
		t.Errorf("reorder 50%%: %d of 1000", half)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestJitterIsUniform(t *testing.T) {
	const j = 5 * time.Millisecond
	i := topology.Impairment{Delay: 20 * time.Millisecond, Jitter: j}
	var least, most, sum, squares float64
	for _, d := range fates(newFlow(1), i, many) {
		v := float64(d.jitter) / float64(j)
		least, most, sum, squares = min(least, v), max(most, v), sum+v, squares+v*v
	}
	if least < -1 || most > 1 {
		t.Errorf("from %v to %v, beyond ±1", least, most)
	}
	within(t, "min", least, -1, 0.001)
	within(t, "max", most, 1, 0.001)
	within(t, "mean", sum/many, 0, 4/math.Sqrt(3*many))
	within(t, "mean square", squares/many, 1./3, 4*math.Sqrt(4./45/many))
}

// series are draws that must know nothing of each other.
func series(f *flow, p purpose, from uint64) []float64 {
	all := make([]float64, many)
	for k := range all {
		all[k] = f.chance(p, from+uint64(k))
	}
	return all
}

// TestDrawsAreEven is Pearson's χ² over 64 buckets, with 63 degrees of freedom: above 120 is
// one in 10⁵.
func TestDrawsAreEven(t *testing.T) {
	for p := range purposes {
		var buckets [64]float64
		for _, u := range series(newFlow(9), p, 1) {
			buckets[int(u*64)]++
		}
		chi, expected := 0., float64(many)/64
		for _, n := range buckets {
			chi += (n - expected) * (n - expected) / expected
		}
		if chi > 120 || chi < 25 {
			t.Errorf("purpose %d: χ² is %.1f", p, chi)
		}
	}
}

func TestDrawsAreIndependent(t *testing.T) {
	table := newFlowTable(baseOf(1, "bob.lan", topology.In))
	first, second := table.find(&packet{key: udpKey(40000, 7)}), table.find(&packet{key: udpKey(40001, 7)})
	for p := range purposes {
		own := series(first, p, 1)
		uncorrelated(t, fmt.Sprintf("purpose %d: neighbours", p), own, series(first, p, 2))
		uncorrelated(t, fmt.Sprintf("purpose %d: flows", p), own, series(second, p, 1))
		uncorrelated(t, fmt.Sprintf("purpose %d: seeds", p), own, series(newFlow(2), p, 1))
		for q := range p {
			uncorrelated(t, fmt.Sprintf("purposes %d and %d", p, q), own, series(first, q, 1))
		}
	}
}

// uncorrelated: the coefficient of many independent pairs has a standard deviation of 1/√many.
func uncorrelated(t *testing.T, what string, a, b []float64) {
	t.Helper()
	sum := 0.
	for k := range a {
		sum += (a[k] - 0.5) * (b[k] - 0.5) * 12
	}
	within(t, what, sum/many, 0, 4.5/math.Sqrt(many))
}

// TestFirstPacketsOfManyFlows looks across flows, each of which has one packet only: a scenario of
// many short conversations loses at its rate, too.
func TestFirstPacketsOfManyFlows(t *testing.T) {
	table, lost := newFlowTable(baseOf(5, "bob.lan", topology.In)), 0
	for k := range uint32(many) {
		key := udpKey(40000, 53)
		binary.BigEndian.PutUint32(key.src[:], 0x0a000000+k)
		lost += count(table.find(&packet{key: key}).next(&topology.Impairment{Loss: topology.Loss{Rate: 0.1}}).lost != "")
	}
	share(t, "first packets", lost, 0.1, 1)
}
