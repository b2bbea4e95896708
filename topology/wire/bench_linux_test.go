package wire_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/topotest"
)

// BenchmarkDelay sends 1,000 packets over a link with a delay, alone and beside 20,000 packets a second
// of another flow, and compares how long each took, until the receiver's kernel had it, with what was asked
// for. It fails where the mean is more than 0.3 ms off, or one packet in a hundred more than 1 ms.
//
//	go test ./topology/wire -run - -bench Delay -benchtime 3x
func BenchmarkDelay(b *testing.B) {
	topotest.Alone(b, "native")
	for _, delay := range []time.Duration{1, 10, 50, 200} {
		for _, beside := range []int{0, 20_000} {
			delay := delay * time.Millisecond
			b.Run(fmt.Sprintf("%s/beside=%d", delay, beside), func(b *testing.B) {
				l := newLAN(b, 1, in(topology.Impairment{Delay: delay}))
				if beside > 0 {
					defer background(b, l.nodes["alice"], l.nodes["bob"], beside)()
				}
				var took []time.Duration
				for b.Loop() {
					took = append(took, latencies(b, l, 1000)...)
				}
				reportErrors(b, took, delay)
				if n := state(b, l, "bob").Inexact(); n > 0 {
					b.Errorf("%d packets were lost by the wire", n)
				}
			})
		}
	}
}

func reportErrors(b *testing.B, took []time.Duration, want time.Duration) {
	var sum float64
	off := make([]float64, len(took))
	for i, d := range took {
		off[i] = (d - want).Seconds() * 1e3
		sum += off[i]
		off[i] = math.Abs(off[i])
	}
	slices.Sort(off)
	mean, p99 := sum/float64(len(off)), off[len(off)*99/100]
	b.ReportMetric(mean, "mean-off-ms")
	b.ReportMetric(p99, "p99-off-ms")
	if math.Abs(mean) > 0.3 || p99 > 1 {
		b.Errorf("mean %+.3f ms off, 99th percentile %.3f ms; at most 0.3 and 1 are wanted", mean, p99)
	}
}

// latencies are how long packets took from alice to bob, one a millisecond.
func latencies(b *testing.B, l *lan, n int) []time.Duration {
	server := l.nodes["bob"].listen(7)
	defer server.Close()
	enableStamps(b, server)
	client := l.nodes["alice"].dial(l.nodes["bob"], 7)
	defer client.Close()
	go func() {
		packet := make([]byte, 64)
		for range n {
			binary.BigEndian.PutUint64(packet, uint64(time.Now().UnixNano()))
			client.Write(packet)
			time.Sleep(time.Millisecond)
		}
	}()
	return stamped(b, server, n)
}

func enableStamps(b *testing.B, c *net.UDPConn) {
	raw, err := c.SyscallConn()
	must(b, err)
	must(b, raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) }))
	must(b, err)
}

// stamped reads packets that carry the time when they were sent, and returns how long each took.
func stamped(b *testing.B, c *net.UDPConn, n int) []time.Duration {
	var took []time.Duration
	data, control := make([]byte, 2048), make([]byte, 128)
	for len(took) < n {
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		_, k, _, _, err := c.ReadMsgUDP(data, control)
		if err != nil {
			b.Fatalf("%d of %d packets came: %v", len(took), n, err)
		}
		messages, err := unix.ParseSocketControlMessage(control[:k])
		must(b, err)
		for _, m := range messages {
			if m.Header.Type == unix.SCM_TIMESTAMPNS {
				ts := (*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
				took = append(took, time.Duration(ts.Nano()-int64(binary.BigEndian.Uint64(data))))
			}
		}
	}
	return took
}

// BenchmarkRate sends half as much again as a link with a rate can carry, and measures what arrives: from
// the first packet to the last, with their Ethernet, IP and UDP headers. It fails where that is more than 1 % off.
//
//	go test ./topology/wire -run - -bench Rate -benchtime 3x
func BenchmarkRate(b *testing.B) {
	topotest.Alone(b, "native")
	for _, rate := range []int64{1e6, 10e6, 100e6} {
		b.Run(fmt.Sprintf("%dmbit", rate/1e6), func(b *testing.B) {
			l := newLAN(b, 1, in(topology.Impairment{Rate: rate, Queue: 50}))
			var ratio float64
			for b.Loop() {
				ratio += arrives(b, l, rate) / float64(rate)
			}
			ratio /= float64(b.N)
			b.ReportMetric(ratio, "of-rate")
			if math.Abs(ratio-1) > 0.01 {
				b.Errorf("%.4f of the rate arrives", ratio)
			}
		})
	}
}

// arrives overloads the link for two seconds and returns bit/s at the other end.
func arrives(b *testing.B, l *lan, rate int64) float64 {
	const size = 1400
	const bits = (size + 8 + 20 + 14) * 8
	server := l.nodes["bob"].listen(7)
	defer server.Close()
	client := l.nodes["alice"].dial(l.nodes["bob"], 7)
	defer client.Close()
	go func() {
		packet := make([]byte, size)
		for began, sent := time.Now(), 0; time.Since(began) < 2*time.Second; time.Sleep(time.Millisecond) {
			for due := int(time.Since(began).Seconds() * float64(rate) * 1.5 / bits); sent < due; sent++ {
				client.Write(packet)
			}
		}
	}()
	var first, last time.Time
	n := -1 // the first one begins the time
	buffer := make([]byte, 2048)
	for {
		server.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := server.Read(buffer); err != nil {
			return float64(n*bits) / last.Sub(first).Seconds()
		}
		last = time.Now()
		if n++; n == 0 {
			first = last
		}
	}
}
