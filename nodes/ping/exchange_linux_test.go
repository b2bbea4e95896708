package ping

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes/icmp"
)

// identifier is what the kernel fills in for a datagram socket (icmp(7)): its port.
func identifier(t *testing.T, s *socket) int {
	t.Helper()
	if s.raw {
		return int(s.id)
	}
	a, err := unix.Getsockname(s.fd)
	if err != nil {
		t.Fatal(err)
	}
	return a.(*unix.SockaddrInet4).Port
}

// A knock is of another flow than the requests, and its answer is none to a request.
func TestKnocksAreAFlowOfTheirOwn(t *testing.T) {
	score(t, 0, func(y *tally) {
		o := options{to: netip.MustParseAddr("127.0.0.1"), count: 1, ttl: 64}
		s, err := open(o)
		if err != nil {
			t.Skip(err)
		}
		x := &exchange{options: o, tally: y, socket: s}
		defer x.close()
		for range 2 {
			x.knock()
			icmp.Await(t.Context(), time.Now().Add(time.Second), x.descriptors()...)
		}
		if x.drain(); len(y.requests) != 0 || !y.quiet() {
			t.Errorf("after two knocks %d requests, %d settled", len(y.requests), y.settled)
		}
		x.request()
		icmp.Await(t.Context(), time.Now().Add(time.Second), x.descriptors()...)
		if x.drain(); y.answered != 1 || y.duplicates != 0 {
			t.Errorf("one request has %d answers, %d duplicates", y.answered, y.duplicates)
		}
		if a, b := identifier(t, s), identifier(t, x.knocker); a == b {
			t.Errorf("requests and knocks are both of flow %d", a)
		}
	})
}
