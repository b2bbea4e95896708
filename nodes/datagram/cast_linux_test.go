package datagram

import (
	"net"
	"net/netip"
	"testing"
)

// Who does not read misses what finds no room, and learns how much with what comes next.
func TestMissedIsCounted(t *testing.T) {
	s, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.CountMissed(); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("udp4", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(s.Port())).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const sent = 2000
	big := make([]byte, 8<<10) // 16 MiB, more than Listen asks for
	for range sent {
		if _, err := c.Write(big); err != nil {
			t.Fatal(err)
		}
	}
	heard := 0
	b := make([]byte, MaxSize)
	take := func() (int, Origin) {
		n, o, err := s.Receive(b)
		if err != nil {
			t.Fatal(err)
		}
		heard++
		return n, o
	}
	_, _ = take() // room for the last one
	if _, err := c.Write([]byte("last")); err != nil {
		t.Fatal(err)
	}
	for {
		if n, o := take(); n == 4 {
			if o.Missed == 0 || heard-1+o.Missed != sent {
				t.Errorf("heard %d, missed %d of %d", heard-1, o.Missed, sent)
			}
			return
		}
	}
}

func TestKind(t *testing.T) {
	a := netip.MustParseAddr
	for _, tt := range []struct {
		o    Origin
		want Kind
	}{
		{Origin{To: a("10.1.0.2"), Dest: a("10.1.0.2")}, Unicast},
		{Origin{To: a("10.1.0.2"), Dest: a("10.1.0.255")}, Broadcast},
		{Origin{To: a("10.1.0.2"), Dest: a("255.255.255.255")}, Broadcast},
		{Origin{To: a("10.1.0.2"), Dest: a("224.0.0.1")}, Multicast},
		{Origin{}, ""},
	} {
		if got := tt.o.Kind(); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.o, got, tt.want)
		}
	}
}
