package wire

import (
	"time"

	"netsim/topology"
)

// instant is a time in nanoseconds since the pump began, on a clock that never steps.
type instant int64

// shaper says when packets arrive: it is the line of one direction, with its queue in front. Time is an
// argument, and nothing here waits.
//
//	arrival ─► queue ─► line at Rate ─► cable of length Delay ± Jitter ─► due
type shaper struct {
	free    instant   // when the line has sent what it has so far
	last    instant   // when the packet before is due: none arrives before it
	waiting []instant // when each packet that waits begins to be sent
	head    int       // of waiting
}

// admit takes a packet of so many bits, with its Ethernet header. It returns when the packet is due
// at the other end, or false when the queue is full.
func (s *shaper) admit(i *topology.Impairment, at instant, bits int, jitter time.Duration) (instant, bool) {
	if i.Rate > 0 {
		var ok bool
		if at, ok = s.queue(i, at, bits); !ok {
			return 0, false
		}
	}
	return s.arrive(at + instant(i.Delay+jitter)), true
}

// again takes a packet that waited in the queue of another impairment, however many did. It returns
// when it is due.
func (s *shaper) again(i *topology.Impairment, now instant, bits int) instant {
	sent := now
	if i.Rate > 0 {
		begin := max(now, s.free)
		if begin > now {
			s.push(begin)
		}
		s.free = begin + lineTime(i.Rate, bits)
		sent = s.free
	}
	return s.arrive(sent + instant(i.Delay))
}

// arrive keeps packets in order.
func (s *shaper) arrive(due instant) instant {
	s.last = max(due, s.last)
	return s.last
}

// occupy takes a packet that is lost on the cable: it was on the line like any other. It returns false
// when the queue is full.
func (s *shaper) occupy(i *topology.Impairment, at instant, bits int) bool {
	if i.Rate == 0 {
		return true
	}
	_, ok := s.queue(i, at, bits)
	return ok
}

// queue returns when the last bit is on the line.
func (s *shaper) queue(i *topology.Impairment, at instant, bits int) (instant, bool) {
	for s.head < len(s.waiting) && s.waiting[s.head] <= at {
		s.head++
	}
	if s.head == len(s.waiting) {
		s.waiting, s.head = s.waiting[:0], 0
	}
	begin := max(at, s.free)
	if begin > at {
		if len(s.waiting)-s.head >= limit(i) {
			return 0, false
		}
		s.push(begin)
	}
	s.free = begin + lineTime(i.Rate, bits)
	return s.free, true
}

// push keeps the slice from growing along with the traffic.
func (s *shaper) push(begin instant) {
	if s.head > 1024 && s.head > len(s.waiting)/2 {
		s.waiting = s.waiting[:copy(s.waiting, s.waiting[s.head:])]
		s.head = 0
	}
	s.waiting = append(s.waiting, begin)
}

func limit(i *topology.Impairment) int {
	if i.Queue > 0 {
		return i.Queue
	}
	return topology.DefaultQueue
}

// lineTime is how long a line takes for so many bits.
func lineTime(rate int64, bits int) instant {
	return instant(float64(bits) * 1e9 / float64(rate))
}
