package mutual

import (
	"net/netip"
	"sync"
	"time"
)

// maxAddresses bounds what Attempts remembers. Those for whom there is no room share one bucket.
const maxAddresses = 4096

// Attempts bounds how often each address may try a secret: a token bucket each.
//
//	Burst ┤████▇▆▅▄         an attempt takes one token; one comes back every Every
//	    0 ┼────────▁▁▁▁     without one, an attempt must fail whatever the secret is
//
// It is safe for concurrent use.
type Attempts struct {
	Burst int           // attempts in a row; at least 1
	Every time.Duration // until one more is allowed

	mu      sync.Mutex
	buckets map[netip.Addr]bucket
	others  bucket // of those for whom there is no room
}

// bucket counts what is missing, so that its zero value is a full one.
type bucket struct {
	missing float64
	at      time.Time
}

// Take takes a token of the address at that time, and says whether there was one.
func (a *Attempts) Take(from netip.Addr, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, known := a.buckets[from]
	if !known && len(a.buckets) >= maxAddresses && !a.sweep(now) {
		return a.take(&a.others, now)
	}
	ok := a.take(&b, now)
	a.put(from, b)
	return ok
}

// Return gives a token back: the attempt was right.
func (a *Attempts) Return(from netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if b, known := a.buckets[from]; known {
		b.missing = max(b.missing-1, 0)
		a.put(from, b)
	}
}

func (a *Attempts) put(from netip.Addr, b bucket) {
	if a.buckets == nil {
		a.buckets = map[netip.Addr]bucket{}
	}
	a.buckets[from] = b
}

func (a *Attempts) take(b *bucket, now time.Time) bool {
	a.fill(b, now)
	if b.missing+1 > float64(max(a.Burst, 1)) {
		return false
	}
	b.missing++
	return true
}

func (a *Attempts) fill(b *bucket, now time.Time) {
	if a.Every > 0 && now.After(b.at) {
		b.missing = max(b.missing-float64(now.Sub(b.at))/float64(a.Every), 0)
	}
	b.at = now
}

// sweep forgets buckets that are full again, and says whether that made room.
func (a *Attempts) sweep(now time.Time) bool {
	for addr, b := range a.buckets {
		if a.fill(&b, now); b.missing == 0 {
			delete(a.buckets, addr)
		}
	}
	return len(a.buckets) < maxAddresses
}
