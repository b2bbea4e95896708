package wire

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"netsim/topology"
)

const ms = instant(time.Millisecond)

// TestLineTakesItsTime keeps a line busy: 1000 packets of 1250 bytes are 10 Mbit.
func TestLineTakesItsTime(t *testing.T) {
	for rate, want := range map[int64]time.Duration{1e6: 10 * time.Second, 10e6: time.Second, 100e6: 100 * time.Millisecond, 1e9: 10 * time.Millisecond} {
		var s shaper
		i := topology.Impairment{Rate: rate}
		for n := range 1000 {
			due, ok := s.admit(&i, 0, 10_000, 0)
			if line := want / 1000; !ok || due != instant(line)*instant(n+1) {
				t.Fatalf("%d bit/s: packet %d is due at %s, %t", rate, n+1, time.Duration(due), ok)
			}
		}
		if s.free != instant(want) {
			t.Errorf("%d bit/s: 10 Mbit take %s, want %s", rate, time.Duration(s.free), want)
		}
	}
}

// TestQueueIsFull: besides the packet on the line, so many wait.
//
//	burst of 20 ─► │5│4│3│2│1│ ─► line: 1 ms each
func TestQueueIsFull(t *testing.T) {
	for queue, want := range map[int]int{1: 2, 5: 6, 100: 101, 0: 1 + topology.DefaultQueue} {
		var s shaper
		i := topology.Impairment{Rate: 1e6, Queue: queue}
		for n := range want + 20 {
			if _, ok := s.admit(&i, 0, 1000, 0); ok != (n < want) {
				t.Errorf("queue %d: packet %d of the burst passes: %t", queue, n+1, ok)
			}
		}
	}
}

// TestQueueDrains: whenever a packet goes onto the line, one more has room.
func TestQueueDrains(t *testing.T) {
	var s shaper
	i := topology.Impairment{Rate: 1e6, Queue: 3}
	for n, x := range []struct {
		at, due instant // in µs; due 0: the queue is full
	}{
		{0, 1000}, {0, 2000}, {0, 3000}, {0, 4000}, {0, 0}, {999, 0}, // one on the line, three wait
		{1000, 5000}, {1000, 0}, {1500, 0}, {2000, 6000}, // the second is on the line
		{3999, 7000}, {4000, 8000}, {4000, 0},
		{20_000, 21_000}, {20_500, 22_000}, // idle in between
	} {
		due, ok := s.admit(&i, x.at*1000, 1000, 0)
		if ok != (x.due > 0) || due != x.due*1000 {
			t.Errorf("packet %d at %d µs is due at %d µs, %t, want %d", n+1, x.at, due/1000, ok, x.due)
		}
	}
}

func TestFullQueueTakesNoLineTime(t *testing.T) {
	var s shaper
	i := topology.Impairment{Rate: 1e6, Queue: 1, Delay: time.Millisecond}
	for range 10 {
		s.admit(&i, 0, 1000, 0)
	}
	if due, ok := s.admit(&i, 2*ms, 1000, 0); !ok || due != 4*ms {
		t.Errorf("after a burst: due at %s, %t, want 4ms", time.Duration(due), ok)
	}
}

// TestDelay is behind the line, and is all where there is no rate.
func TestDelay(t *testing.T) {
	for _, x := range []struct {
		i    topology.Impairment
		want instant
	}{
		{topology.Impairment{}, 5 * ms},
		{topology.Impairment{Delay: 20 * time.Millisecond}, 25 * ms},
		{topology.Impairment{Rate: 1e6}, 6 * ms},
		{topology.Impairment{Delay: 20 * time.Millisecond, Rate: 1e6}, 26 * ms},
	} {
		var s shaper
		if due, ok := s.admit(&x.i, 5*ms, 1000, 0); !ok || due != x.want {
			t.Errorf("%s: due at %s, %t, want %s", x.i, time.Duration(due), ok, time.Duration(x.want))
		}
	}
	var s shaper
	for range 10 * topology.DefaultQueue {
		if due, ok := s.admit(&topology.Impairment{}, ms, 12_000, 0); !ok || due != ms {
			t.Fatalf("without a rate something waits until %s", time.Duration(due))
		}
	}
}

// TestJitterKeepsOrder: a packet is late, and those behind it with it.
func TestJitterKeepsOrder(t *testing.T) {
	for _, rate := range []int64{0, 1e6, 100e6} {
		random := rand.New(rand.NewPCG(1, uint64(rate)))
		i := topology.Impairment{Delay: 10 * time.Millisecond, Jitter: 10 * time.Millisecond, Rate: rate}
		var s shaper
		var at, last instant
		clamped := 0
		for n := range 10_000 {
			at += instant(random.IntN(200_000))
			jitter := time.Duration(random.IntN(20e6) - 10e6)
			due, ok := s.admit(&i, at, 1000, jitter)
			if !ok {
				continue
			}
			if due < last || due < at {
				t.Fatalf("rate %d: packet %d, sent at %d, is due at %d, the one before at %d", rate, n, at, due, last)
			}
			clamped += count(due == last)
			last = due
		}
		if clamped == 0 || clamped > 9990 {
			t.Errorf("rate %d: %d packets had to wait for the one before", rate, clamped)
		}
	}
}

// TestShaperIsBounded: what a line remembers does not grow with what has passed.
func TestShaperIsBounded(t *testing.T) {
	var s shaper
	i := topology.Impairment{Rate: 1e6, Queue: 3000}
	var at instant
	for n := range 200_000 {
		if n > 2500 {
			at += ms
		}
		if _, ok := s.admit(&i, at, 1000, 0); !ok {
			t.Fatalf("packet %d finds the queue full", n)
		}
	}
	if cap(s.waiting) > 20_000 {
		t.Errorf("room for %d packets", cap(s.waiting))
	}
}

// TestHeapSorts pushes, moves and takes at random, and compares with a sorted slice.
func TestHeapSorts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	before := func(a, b *pending) int {
		if a.due != b.due {
			return int(a.due - b.due)
		}
		return int(a.order - b.order)
	}
	for range 50 {
		var h pendingHeap
		var all []*pending
		for step := range int64(400) {
			switch k := random.IntN(10); {
			case k < 6 || len(all) == 0:
				p := &pending{due: instant(random.IntN(20)), order: step}
				h.push(p)
				all = append(all, p)
			case k < 8:
				p := all[random.IntN(len(all))]
				p.due, p.order = instant(random.IntN(20)), step
				h.moved(p)
			default:
				slices.SortFunc(all, before)
				if got := h.pop(); got != all[0] {
					t.Fatalf("%+v is taken, want %+v", got, all[0])
				}
				all = all[1:]
			}
			if step == 200 {
				for _, p := range all {
					p.due = instant(random.IntN(20))
				}
				h.rebuild()
			}
			for at, p := range h {
				if p.index != at {
					t.Fatalf("at %d lies one that says %d", at, p.index)
				}
			}
		}
		slices.SortFunc(all, before)
		for _, want := range all {
			if got := h.pop(); got != want {
				t.Fatalf("%+v is taken, want %+v", got, want)
			}
		}
		if len(h) != 0 {
			t.Errorf("%d are left", len(h))
		}
	}
}
