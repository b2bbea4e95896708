package broadcast_test

import (
	"fmt"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/broadcast"
	"netsim/nodes/datagram"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{broadcast.Program()}) }

// hear is a socket, and what comes to it.
func hear(t *testing.T) (port string, next func() (string, datagram.Origin)) {
	t.Helper()
	s, err := datagram.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return fmt.Sprint(s.Port()), func() (string, datagram.Origin) {
		b := make([]byte, 100)
		n, o, err := s.Receive(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n]), o
	}
}

func TestBroadcast(t *testing.T) {
	port, next := hear(t)
	for _, flags := range [][]string{{"--interface", "lo"}, {"--to", "127.255.255.255"}, {"--to", "127.255.255.255", "--interface", "lo"}} {
		line := append([]string{"broadcast", "大家好", "--port", port, "--count", "2", "--interval", "1ms"}, flags...)
		o := nodestest.Run(t, broadcast.Program(), line...)
		if o.Status != nodes.Worked || o.Number("sent") != 2 {
			t.Fatalf("%q: %v %s", flags, o.Result, o.Stderr)
		}
		for range 2 {
			text, from := next()
			if text != "大家好" || from.Kind() != datagram.Broadcast || from.Dest.String() != o.Result["to"] {
				t.Errorf("%q: heard %q to %v, %s", flags, text, from.Dest, from.Kind())
			}
		}
	}
}

func TestWrong(t *testing.T) {
	tests := []struct {
		flags  []string
		word   nodes.Word
		status int
		says   string
	}{
		{[]string{"x", "--to", "nobody"}, nodes.Failed, nodes.Misused, `--to: not an IPv4 broadcast address: "nobody"`},
		{[]string{"x", "--to", "0.0.0.0"}, nodes.Failed, nodes.Misused, "such as 10.1.0.255"},
		{[]string{"x", "--to", "239.1.1.1"}, nodes.Failed, nodes.Misused, "multicast TEXT --group 239.1.1.1"},
		{[]string{"x", "--to", "127.0.0.1"}, nodes.Failed, nodes.Misused, "broadcast: --to: 127.0.0.1 is a host of lo's network 127.0.0.0/8, whose broadcast address is 127.255.255.255"},
		{[]string{"x", "--interface", "nothing0"}, nodes.NotFound, nodes.NotDone, `no interface "nothing0"`},
		{[]string{strings.Repeat("x", 65508), "--interface", "lo"}, nodes.TooBig, nodes.NotDone, "at most 65507"},
	}
	for _, tt := range tests {
		o := nodestest.Run(t, broadcast.Program(), append([]string{"broadcast"}, tt.flags...)...)
		if o.Error() != tt.word || o.Status != tt.status || o.Number("sent") != 0 || !strings.Contains(o.Stderr, tt.says) {
			t.Errorf("%.60q: %d %v %s", tt.flags, o.Status, o.Error(), o.Stderr)
		}
	}
}

// Of another network nobody knows: it is sent, and said. Loopback keeps it here.
func TestAnotherNetwork(t *testing.T) {
	o := nodestest.Run(t, broadcast.Program(), "broadcast", "x", "--to", "203.0.113.255", "--interface", "lo")
	if o.Status == nodes.Misused || !strings.Contains(o.Stderr, "nobody here can tell") {
		t.Errorf("got %v %s", o.Result, o.Stderr)
	}
}
