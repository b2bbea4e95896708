package wire_test

import (
	"encoding/binary"
	"net"
	"slices"
	"testing"
	"time"

	"netsim/topology"
)

// send sends numbered packets, from 1, with a pause between them.
func send(t *testing.T, c net.Conn, n, size int, pause time.Duration) {
	t.Helper()
	packet := make([]byte, size)
	next := time.Now()
	for i := 1; i <= n; i++ {
		binary.BigEndian.PutUint32(packet, uint32(i))
		if _, err := c.Write(packet); err != nil {
			t.Fatal(err)
		}
		next = next.Add(pause)
		time.Sleep(time.Until(next))
	}
}

// receive returns the numbers of what comes until nothing has come for the time of quiet.
func receive(c *net.UDPConn, quiet time.Duration) []uint64 {
	var got []uint64
	buffer := make([]byte, 65536)
	for {
		c.SetReadDeadline(time.Now().Add(quiet))
		n, err := c.Read(buffer)
		if err != nil {
			return got
		}
		if n >= 4 {
			got = append(got, uint64(binary.BigEndian.Uint32(buffer)))
		}
	}
}

// missing are the numbers up to n that did not come.
func missing(got []uint64, n int) []uint64 {
	var lost []uint64
	for i := uint64(1); i <= uint64(n); i++ {
		if !slices.Contains(got, i) {
			lost = append(lost, i)
		}
	}
	return lost
}

func TestPacketsByNumberAreDroppedOnTheirWayIn(t *testing.T) {
	l := newLAN(t, 1, map[string]topology.Link{"bob": {In: topology.Impairment{Drop: topology.Drop{Numbers: []uint64{3, 7}}}}})
	bob := l.nodes["bob"].listen(7)
	alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
	send(t, alice, 10, 100, time.Millisecond)
	if lost := missing(receive(bob, 200*time.Millisecond), 10); !slices.Equal(lost, []uint64{3, 7}) {
		t.Errorf("lost %v, want 3 and 7", lost)
	}
	t.Log(l.panel.Faults())
}
