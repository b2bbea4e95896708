package probe

import (
	"slices"
	"testing"
	"time"
)

func TestPacketRoundTrip(t *testing.T) {
	for _, size := range []int{packetSize, 64, 1472} {
		b := blank(size)
		want := packet{session: 0xfeedface, number: 77, sent: time.Unix(0, 1_234_567_890)}
		want.put(b)
		if got, ok := parsePacket(b); !ok || got != want {
			t.Fatalf("size %d: %+v, %v", size, got, ok)
		}
		for i := range b {
			b[i] ^= 0x40
			if _, ok := parsePacket(b); ok {
				t.Errorf("size %d: a flipped bit in byte %d is not noticed", size, i)
			}
			b[i] ^= 0x40
		}
	}
	if _, ok := parsePacket(make([]byte, packetSize-1)); ok {
		t.Error("a short packet is one")
	}
}

func TestSessionCounts(t *testing.T) {
	s := newSession(10)
	for _, n := range []uint32{1, 2, 5, 3, 4, 6, 5, 11, 0, 10} {
		s.take(packet{number: n, sent: time.Unix(0, 0)}, time.Unix(0, int64(n)))
	}
	if s.delivered != 7 || s.duplicated != 1 || s.reordered != 2 || s.complete() {
		t.Errorf("delivered %d, duplicated %d, reordered %d", s.delivered, s.duplicated, s.reordered)
	}
	for n := uint32(1); n <= 10; n++ {
		if want := !slices.Contains([]uint32{7, 8, 9}, n); s.arrived.has(n) != want {
			t.Errorf("packet %d arrived: %v", n, !want)
		}
		s.take(packet{number: n}, time.Time{})
	}
	if !s.complete() {
		t.Error("all arrived, and it is not complete")
	}
}

// Clocks that disagree never make a delay negative.
func TestLatency(t *testing.T) {
	s := newSession(1)
	s.take(packet{number: 1, sent: time.Unix(5, 0)}, time.Unix(4, 0))
	if got := summarize(s.latencies); got != (latency{}) {
		t.Errorf("got %+v", got)
	}
	var delays []time.Duration
	for i := range 200 {
		delays = append(delays, time.Duration(200-i))
	}
	if got, want := summarize(delays), (latency{Min: 1, Avg: 100, P50: 100, P99: 198, Max: 200}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
