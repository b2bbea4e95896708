package wire_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/topotest"
)

// BenchmarkWire says what an impaired link costs beside one that is not, in turn: a TCP stream through
// 0.01 % loss in both directions, and the round trip of a packet while the wire is idle. It fails where less than 0.4 of
// the stream is left, or more than 0.2 ms are added.
//
//	go test ./topology/wire -run - -bench Wire -benchtime 5x
func BenchmarkWire(b *testing.B) {
	topotest.Alone(b, "native")
	link := topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 0.0001}})
	floor, wired := newLAN(b, 1, nil), newLAN(b, 1, map[string]topology.Link{"bob": link})
	kernel := newLAN(b, 1, map[string]topology.Link{"bob": {}})
	b.Run("stream", func(b *testing.B) {
		var bare, lossy, spliced float64
		for b.Loop() {
			bare += stream(b, floor, 2*time.Second)
			lossy += stream(b, wired, 2*time.Second)
			spliced += stream(b, kernel, 2*time.Second)
		}
		b.ReportMetric(bare*8/float64(b.N)/1e9, "floor-Gbit/s")
		b.ReportMetric(lossy/bare, "lossy-ratio")
		b.ReportMetric(spliced/bare, "perfect-ratio")
		if lossy/bare < 0.4 {
			b.Errorf("%.2f of the unimpaired stream, at least 0.4 is wanted", lossy/bare)
		}
	})
	b.Run("round-trip", func(b *testing.B) {
		var bare, lossy []time.Duration
		for b.Loop() {
			bare = append(bare, trips(b, floor, 500)...)
			lossy = append(lossy, trips(b, wired, 500)...)
		}
		added := (mean(lossy) - mean(bare)).Seconds() * 1e3
		b.ReportMetric(mean(bare).Seconds()*1e3, "floor-ms")
		b.ReportMetric(added, "added-ms")
		if added > 0.2 {
			b.Errorf("%.3f ms are added, at most 0.2 are wanted", added)
		}
	})
}

// BenchmarkManyWires lays 200 impaired links in one network. It fails where they cost 100 MiB or more, or
// the process is not idle while nothing is sent.
//
//	go test ./topology/wire -run - -bench ManyWires -benchtime 1x
func BenchmarkManyWires(b *testing.B) {
	topotest.Alone(b, "native")
	links := map[string]topology.Link{}
	for i := range 200 {
		links[fmt.Sprintf("h-%d", i+1)] = topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 0.01}, Delay: 10 * time.Millisecond})
	}
	for b.Loop() {
		before := resident(b)
		l := newLAN(b, 1, links)
		for name := range links { // each has carried something
			c := l.nodes[name].dial(l.nodes["alice"], 7)
			send(b, c, 10, 100, 0)
			c.Close()
		}
		time.Sleep(3 * time.Second) // until the hosts have found each other (ARP)
		debug.FreeOSMemory()
		mib := float64(resident(b)-before) / (1 << 20)
		busy := processorTime(b)
		time.Sleep(5 * time.Second)
		idle := (processorTime(b) - busy).Seconds() / 5
		b.ReportMetric(mib, "MiB")
		b.ReportMetric(idle*100, "idle-cpu-%")
		if mib >= 100 || idle > 0.005 {
			b.Errorf("200 links cost %.1f MiB and %.2f %% of a processor, less than 100 and 0.5 are wanted", mib, idle*100)
		}
	}
}

// resident is this process's memory, in bytes.
func resident(b *testing.B) int {
	text, err := os.ReadFile("/proc/self/statm")
	must(b, err)
	var size, pages int
	_, err = fmt.Fscan(strings.NewReader(string(text)), &size, &pages)
	must(b, err)
	return pages * os.Getpagesize()
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	must(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stream sends over TCP from alice to bob for a time and returns bytes a second as they arrived.
func stream(b *testing.B, l *lan, d time.Duration) float64 {
	var server net.Listener
	l.nodes["bob"].do(func() (err error) { server, err = net.Listen("tcp4", ":9"); return err })
	defer server.Close()
	speed := make(chan float64)
	go func() {
		c, err := server.Accept()
		if err != nil {
			close(speed)
			return
		}
		defer c.Close()
		buffer := make([]byte, 1<<20)
		total, began := 0, time.Now()
		for {
			n, err := c.Read(buffer)
			if total += n; err != nil {
				speed <- float64(total) / time.Since(began).Seconds()
				return
			}
		}
	}()
	var c net.Conn
	l.nodes["alice"].do(func() (err error) {
		c, err = net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(netip.AddrPortFrom(l.nodes["bob"].address, 9)))
		return err
	})
	buffer := make([]byte, 1<<20)
	for end := time.Now().Add(d); time.Now().Before(end); {
		_, err := c.Write(buffer)
		must(b, err)
	}
	c.Close()
	return <-speed
}

// trips sends packets from alice to bob and back, one after the other.
func trips(b *testing.B, l *lan, n int) []time.Duration {
	server := l.nodes["bob"].listen(7)
	defer server.Close()
	go func() {
		buffer := make([]byte, 2048)
		for {
			k, from, err := server.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			server.WriteToUDPAddrPort(buffer[:k], from)
		}
	}()
	client := l.nodes["alice"].dial(l.nodes["bob"], 7)
	defer client.Close()
	buffer := make([]byte, 64)
	var all []time.Duration
	for len(all) < n {
		began := time.Now()
		client.Write(buffer)
		client.SetReadDeadline(began.Add(50 * time.Millisecond))
		if _, err := client.Read(buffer); err == nil { // else the link has lost it
			all = append(all, time.Since(began))
		}
		time.Sleep(time.Millisecond)
	}
	return all
}

// mean leaves out the slowest in a hundred: those say what else the machine did.
func mean(all []time.Duration) time.Duration {
	slices.Sort(all)
	all = all[:len(all)*99/100]
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return sum / time.Duration(len(all))
}
