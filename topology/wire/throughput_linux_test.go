package wire_test

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"netsim/topology"
)

// stream sends over TCP for a time and returns bytes a second as they arrived.
func stream(t *testing.T, from, to *host, d time.Duration) float64 {
	t.Helper()
	var l net.Listener
	to.do(func() (err error) { l, err = net.Listen("tcp4", ":9"); return err })
	defer l.Close()
	type result struct {
		bytes   int64
		seconds float64
	}
	done := make(chan result)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- result{}
			return
		}
		defer c.Close()
		buf := make([]byte, 1<<20)
		began := time.Now()
		var n int64
		for {
			k, err := c.Read(buf)
			n += int64(k)
			if err != nil {
				break
			}
		}
		done <- result{n, time.Since(began).Seconds()}
	}()
	var c net.Conn
	from.do(func() (err error) {
		c, err = net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(netip.AddrPortFrom(to.address, 9)))
		return err
	})
	buf := make([]byte, 1<<20)
	end := time.Now().Add(d)
	for time.Now().Before(end) {
		if _, err := c.Write(buf); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	r := <-done
	_ = io.EOF
	return float64(r.bytes) / r.seconds
}

func TestTry(t *testing.T) {
	for _, x := range []struct {
		name string
		link map[string]topology.Link
	}{
		{"floor", nil},
		{"kernel", map[string]topology.Link{"bob": {}}},
		{"loss 0.01%", map[string]topology.Link{"bob": topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 0.0001}})}},
		{"loss 0.01% in", map[string]topology.Link{"bob": {In: topology.Impairment{Loss: topology.Loss{Rate: 0.0001}}}}},
		{"loss 1% in", map[string]topology.Link{"bob": {In: topology.Impairment{Loss: topology.Loss{Rate: 0.01}}}}},
		{"delay 5ms", map[string]topology.Link{"bob": topology.Both(topology.Impairment{Delay: 5 * time.Millisecond})}},
		{"rate 100mbit", map[string]topology.Link{"bob": topology.Both(topology.Impairment{Rate: 100e6})}},
		{"rate 1gbit", map[string]topology.Link{"bob": topology.Both(topology.Impairment{Rate: 1000e6})}},
	} {
		l := newLAN(t, 1, x.link)
		v := stream(t, l.nodes["alice"], l.nodes["bob"], 2*time.Second)
		t.Logf("%-15s %.2f Gbit/s", x.name, v*8/1e9)
		for _, f := range l.panel.Faults() {
			t.Log(f.Direction, f.Cause, f.Flow, f.Count())
		}
	}
}
