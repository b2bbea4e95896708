package mutual

import (
	"net/netip"
	"testing"
	"time"
)

func TestAttempts(t *testing.T) {
	a := Attempts{Burst: 3, Every: time.Second}
	bad, good := netip.MustParseAddr("10.1.0.2"), netip.MustParseAddr("10.1.0.3")
	now := time.Unix(1000, 0)
	for i := range 4 {
		if got := a.Take(bad, now); got != (i < 3) {
			t.Errorf("attempt %d: %v", i+1, got)
		}
	}
	for i := range 10 { // right ones are not counted, nor those of others
		if !a.Take(good, now) {
			t.Errorf("right attempt %d is refused", i+1)
		}
		a.Return(good)
	}
	if a.Take(bad, now.Add(900*time.Millisecond)) {
		t.Error("allowed before its time")
	}
	if !a.Take(bad, now.Add(1100*time.Millisecond)) {
		t.Error("not allowed at its time")
	}
	if a.Take(bad, now.Add(1200*time.Millisecond)) {
		t.Error("two come back instead of one")
	}
}

func TestAttemptsOfAWholeNetworkAreBounded(t *testing.T) {
	a := Attempts{Burst: 2, Every: time.Hour}
	now := time.Unix(1000, 0)
	addr, allowed := netip.MustParseAddr("10.0.0.1"), 0
	for range 3 * maxAddresses {
		if a.Take(addr, now) {
			allowed++
		}
		addr = addr.Next()
	}
	if len(a.buckets) > maxAddresses || allowed != maxAddresses+2 {
		t.Errorf("%d addresses remembered, %d allowed", len(a.buckets), allowed)
	}
	if !a.Take(addr, now.Add(3*time.Hour)) {
		t.Error("nobody is forgotten")
	}
}
