package listen_test

import (
	"net"
	"net/netip"
	"strconv"
	"testing"

	"netsim/nodes/datagram"
)

// sendGroup sends to a group's members on this node.
func sendGroup(t *testing.T, port, group, text string) {
	t.Helper()
	s, err := datagram.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	number, _ := strconv.Atoi(port)
	if err := s.SendVia([]byte(text), netip.AddrPortFrom(netip.MustParseAddr(group), uint16(number)), *lo); err != nil {
		t.Fatal(err)
	}
}
