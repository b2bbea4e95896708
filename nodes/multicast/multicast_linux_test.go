package multicast_test

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/datagram"
	"netsim/nodes/multicast"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{multicast.Program()}) }

// member has joined the group on loopback.
func member(t *testing.T, group string) *datagram.Socket {
	t.Helper()
	s, err := datagram.ListenShared(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Join(netip.MustParseAddr(group), *lo); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMulticast(t *testing.T) {
	s := member(t, "239.1.1.20")
	line := []string{"multicast", "组里好", "--group", "239.1.1.20", "--port", strconv.Itoa(s.Port()), "--interface", "lo"}
	if o := nodestest.Run(t, multicast.Program(), line...); o.Status != nodes.Worked || o.Number("sent") != 1 {
		t.Fatalf("%v %s", o.Result, o.Stderr)
	}
	b := make([]byte, 100)
	n, o, err := s.Receive(b)
	if err != nil || string(b[:n]) != "组里好" || o.Kind() != datagram.Multicast || o.Dest.String() != "239.1.1.20" {
		t.Errorf("heard %q to %v, %v", b[:n], o.Dest, err)
	}
}

func TestWrong(t *testing.T) {
	tests := []struct {
		flags  []string
		word   nodes.Word
		status int
		says   string
	}{
		{[]string{"x", "--group", "10.1.0.1"}, nodes.Failed, nodes.Misused, `multicast: --group: not an IPv4 multicast address: "10.1.0.1"`},
		{[]string{"x", "--group", "240.0.0.0"}, nodes.Failed, nodes.Misused, "224.0.0.0 to 239.255.255.255"},
		{[]string{"x", "--interface", "nothing0"}, nodes.NotFound, nodes.NotDone, `no interface "nothing0"`},
		{[]string{strings.Repeat("x", 65508)}, nodes.TooBig, nodes.NotDone, "at most 65507"},
	}
	for _, tt := range tests {
		o := nodestest.Run(t, multicast.Program(), append([]string{"multicast"}, tt.flags...)...)
		if o.Error() != tt.word || o.Status != tt.status || !strings.Contains(o.Stderr, tt.says) {
			t.Errorf("%.60q: %d %v %s", tt.flags, o.Status, o.Error(), o.Stderr)
		}
	}
}
