package wire_test

import (
	"encoding/binary"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"netsim/topology"
)

// send sends numbered packets, from 1, with a pause between them.
func send(t testing.TB, c net.Conn, n, size int, pause time.Duration) {
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

// background sends so many packets a second until stopped. The receiver throws them away.
func background(t testing.TB, from, to *host, rate int) (stop func()) {
	c, sink := from.dial(to, 9999), to.listen(9999)
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { receive(sink, time.Hour) })
	all.Go(func() {
		defer sink.Close()
		packet := make([]byte, 64)
		for began, sent := time.Now(), 0; ; time.Sleep(time.Millisecond) {
			select {
			case <-done:
				return
			default:
			}
			for due := int(time.Since(began).Seconds() * float64(rate)); sent < due; sent++ {
				c.Write(packet)
			}
		}
	})
	return func() { close(done); all.Wait() }
}

func state(t testing.TB, l *lan, node string) topology.LinkState {
	t.Helper()
	s, err := l.panel.Links(node)
	must(t, err)
	return s[0]
}
