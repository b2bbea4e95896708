package probe

import (
	"math"
	"slices"
	"time"
)

// session is what a server knows of one UDP measurement. It is plain bookkeeping.
type session struct {
	count     int
	arrived   bitmap
	delivered int
	highest   uint32

	duplicated int
	reordered  int
	corrupted  int
	latencies  []time.Duration
}

// bitmap has a bit for each packet, number 1 first.
type bitmap []byte

func (m bitmap) has(number uint32) bool { return m[(number-1)/8]>>((number-1)%8)&1 == 1 }
func (m bitmap) set(number uint32)      { m[(number-1)/8] |= 1 << ((number - 1) % 8) }

func newSession(count int) *session {
	return &session{count: count, arrived: make(bitmap, (count+7)/8)}
}

// take notes an intact packet, and at what time it came.
func (s *session) take(p packet, at time.Time) {
	if p.number < 1 || int64(p.number) > int64(s.count) {
		return
	}
	if s.arrived.has(p.number) {
		s.duplicated++
		return
	}
	s.arrived.set(p.number)
	s.delivered++
	if p.number < s.highest {
		s.reordered++
	}
	s.highest = max(s.highest, p.number)
	s.latencies = append(s.latencies, max(0, at.Sub(p.sent)))
}

func (s *session) complete() bool { return s.delivered == s.count }

// latency sums up one-way delays.
type latency struct {
	Min time.Duration `json:"min"`
	Avg time.Duration `json:"avg"`
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

func summarize(delays []time.Duration) latency {
	if len(delays) == 0 {
		return latency{}
	}
	slices.Sort(delays)
	var sum time.Duration
	for _, d := range delays {
		sum += d
	}
	return latency{
		Min: delays[0], Max: delays[len(delays)-1], Avg: sum / time.Duration(len(delays)),
		P50: percentile(delays, 0.50), P99: percentile(delays, 0.99),
	}
}

// percentile is by the nearest rank: a delay that was seen, none in between.
func percentile(sorted []time.Duration, part float64) time.Duration {
	rank := int(math.Ceil(part * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
