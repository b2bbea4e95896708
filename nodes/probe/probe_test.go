package probe_test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/probe"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{probe.Program()}) }

func start(t *testing.T) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, probe.Program(), "probe", "serve", "--port", "0")
}

func measure(t *testing.T, port string, line ...string) nodestest.Outcome {
	t.Helper()
	return nodestest.Run(t, probe.Program(), append(append([]string{"probe"}, line...), "127.0.0.1", "--port", port)...)
}

func TestUDP(t *testing.T) {
	s := start(t)
	for _, size := range []string{"32", "64", "1472", "65507"} {
		o := measure(t, s.Text("port"), "udp", "--count", "50", "--rate", "1000", "--size", size)
		if o.Status != nodes.Worked || o.Number("sent") != 50 || o.Number("delivered") != 50 || o.Number("lost") != 0 ||
			o.Number("duplicated") != 0 || o.Number("reordered") != 0 || o.Number("corrupted") != 0 {
			t.Errorf("size %s: %v %s", size, o.Result, o.Stderr)
		}
		low, mid, high := o.Number("latency", "min"), o.Number("latency", "p50"), o.Number("latency", "max")
		if low > mid || mid > o.Number("latency", "p99") || o.Number("latency", "p99") > high || high <= 0 {
			t.Errorf("size %s: latency %v", size, o.Result["latency"])
		}
		if e := s.Await("session"); e["mode"] != "udp" || e["from"] != "127.0.0.1" || e["delivered"] != 50.0 {
			t.Errorf("the server tells %v", e)
		}
	}
	if o := s.Stop(); o.Status != nodes.Worked || o.Number("sessions") != 4 || o.Number("packets") != 200 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

func TestTCP(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		typed string
		bytes float64
	}{{"1", 1}, {"65537", 65537}, {"5MB", 5e6}} {
		o := measure(t, s.Text("port"), "tcp", "--bytes", c.typed)
		if o.Status != nodes.Worked || o.Number("bytes") != c.bytes || o.Number("throughput") <= 0 || o.Number("seconds") <= 0 {
			t.Errorf("%s: %v %s", c.typed, o.Result, o.Stderr)
		}
		if e := s.Await("session"); e["mode"] != "tcp" || e["bytes"] != c.bytes {
			t.Errorf("the server tells %v", e)
		}
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	s := start(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			count := fmt.Sprint(10 + i)
			o := measure(t, s.Text("port"), "udp", "--count", count, "--rate", "2000")
			if fmt.Sprint(o.Result["delivered"]) != count {
				t.Errorf("client %d: %v", i, o.Result)
			}
		})
	}
	wg.Wait()
}

// relay stands between a client and a server: TCP passes, and what becomes of each UDP
// packet decides fate, which returns the packets to pass on instead.
//
//	client ──► relay ──► server
func relay(t *testing.T, server string, fate func(number int, b []byte) [][]byte) (port string) {
	t.Helper()
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp4", tcp.Addr().String())
	if err != nil {
		t.Skip("the UDP port of that number is taken")
	}
	t.Cleanup(func() { tcp.Close(); udp.Close() })
	to, err := net.Dial("udp4", "127.0.0.1:"+server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	go func() {
		b := make([]byte, 65536)
		for number := 1; ; number++ {
			n, _, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			for _, p := range fate(number, append([]byte(nil), b[:n]...)) {
				to.Write(p)
			}
		}
	}()
	go func() {
		for {
			in, err := tcp.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp4", "127.0.0.1:"+server)
			if err != nil {
				in.Close()
				return
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	_, port, _ = net.SplitHostPort(tcp.Addr().String())
	return port
}

// What the relay does to packets must be found out, by number.
func TestWhatHappenedToPackets(t *testing.T) {
	s := start(t)
	var kept []byte
	port := relay(t, s.Text("port"), func(number int, b []byte) [][]byte {
		switch number {
		case 3, 7, 40:
			return nil // lost
		case 10:
			return [][]byte{b, b, b} // duplicated twice
		case 20:
			kept = b // overtaken by the next
			return nil
		case 21:
			return [][]byte{b, kept}
		case 30:
			b[25] ^= 4 // a bit of the pattern
		case 31:
			b[6] ^= 1 // a bit of the session's number
		}
		return [][]byte{b}
	})
	o := measure(t, port, "udp", "--count", "40", "--rate", "1000", "--wait", "200ms")
	if o.Status != nodes.Worked || o.Number("delivered") != 35 || o.Number("lost") != 5 || o.Number("loss") != 0.125 ||
		o.Number("duplicated") != 2 || o.Number("reordered") != 1 || o.Number("corrupted") != 2 {
		t.Errorf("got %v", o.Result)
	}
	if got := fmt.Sprint(o.Result["lost_packets"]); got != "[3 7 30 31 40]" {
		t.Errorf("lost %s", got)
	}
}

func TestNothingArrives(t *testing.T) {
	s := start(t)
	port := relay(t, s.Text("port"), func(int, []byte) [][]byte { return nil })
	o := measure(t, port, "udp", "--count", "5", "--rate", "1000", "--wait", "20ms")
	if o.Status != nodes.NotDone || o.Error() != nodes.Timeout || o.Number("sent") != 5 || o.Number("loss") != 1 {
		t.Errorf("got %v", o.Result)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	for _, mode := range []string{"udp", "tcp"} {
		if o := measure(t, port, mode); o.Error() != nodes.Refused || o.Number("sent") != 0 {
			t.Errorf("%s: %v", mode, o.Result)
		}
	}
}
