package wire_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netsim/topology"
)

// stamped reads packets that carry the time when they were sent, and returns how long each took: until
// the receiver's kernel had it (SO_TIMESTAMPNS).
func stamped(t *testing.T, c *net.UDPConn, n int) []time.Duration {
	t.Helper()
	var took []time.Duration
	data, control := make([]byte, 2048), make([]byte, 128)
	for len(took) < n {
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		_, k, _, _, err := c.ReadMsgUDP(data, control)
		if err != nil {
			t.Fatalf("%d of %d came: %v", len(took), n, err)
		}
		messages, err := unix.ParseSocketControlMessage(control[:k])
		must(t, err)
		for _, m := range messages {
			if m.Header.Type == unix.SCM_TIMESTAMPNS {
				ts := (*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
				took = append(took, time.Duration(ts.Nano()-int64(binary.BigEndian.Uint64(data))))
			}
		}
	}
	return took
}

func enableStamps(t *testing.T, c *net.UDPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) }))
	must(t, err)
}

// background sends so many packets a second until stopped.
func background(t *testing.T, from, to *host, rate int) (stop func()) {
	c := from.dial(to, 9999)
	sink := to.listen(9999)
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { receive(sink, time.Hour) })
	all.Go(func() {
		packet := make([]byte, 64)
		began := time.Now()
		for i := 0; ; {
			select {
			case <-done:
				sink.Close()
				return
			default:
			}
			for due := int(time.Since(began).Seconds() * float64(rate)); i < due; i++ {
				c.Write(packet)
			}
			time.Sleep(time.Millisecond)
		}
	})
	return func() { close(done); all.Wait() }
}

// The accuracy of delays, idle and beside 20,000 packets a second. NETSIM_BENCH=1 has it run: it
// measures this machine.
func TestDelayAccuracy(t *testing.T) {
	if os.Getenv("NETSIM_BENCH") == "" {
		t.Skip("measures this machine: set NETSIM_BENCH=1")
	}
	for _, delay := range []time.Duration{1, 10, 50, 200} {
		for _, rate := range []int{0, 20000} {
			delay := delay * time.Millisecond
			t.Run(fmt.Sprint(delay, rate), func(t *testing.T) {
				l := newLAN(t, 1, map[string]topology.Link{"bob": {In: topology.Impairment{Delay: delay}}})
				alice, bob := l.nodes["alice"], l.nodes["bob"]
				if rate > 0 {
					defer background(t, alice, bob, rate)()
					time.Sleep(100 * time.Millisecond)
				}
				const n = 1000
				server := bob.listen(7)
				enableStamps(t, server)
				client := alice.dial(bob, 7)
				go func() {
					packet := make([]byte, 64)
					for range n {
						binary.BigEndian.PutUint64(packet, uint64(time.Now().UnixNano()))
						client.Write(packet)
						time.Sleep(time.Millisecond)
					}
				}()
				took := stamped(t, server, n)
				fmt.Println(delay, rate, summary(took, delay))
				for _, s := range mustLinks(t, l, "bob") {
					if s.Inexact() > 0 {
						fmt.Println("overrun", s)
					}
				}
			})
		}
	}
}

func mustLinks(t *testing.T, l *lan, node string) []topology.LinkState {
	s, err := l.panel.Links(node)
	must(t, err)
	return s
}

func summary(took []time.Duration, want time.Duration) string {
	var sum time.Duration
	errs := []float64{}
	for _, d := range took {
		sum += d - want
		errs = append(errs, math.Abs(float64(d-want))/1e6)
	}
	slices.Sort(errs)
	return fmt.Sprintf("mean %+.3f ms, p50 %.3f, p99 %.3f, max %.3f", float64(sum)/float64(len(took))/1e6, errs[len(errs)/2], errs[len(errs)*99/100], errs[len(errs)-1])
}
