package chat_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/chat"
)

// roleVar makes the test's binary another process of a measurement.
const roleVar = "NETSIM_CHAT_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "room":
		set := nodes.Set{chat.Program()}
		os.Exit(set.Main(context.Background(), []string{"chat", "serve", "--port", "0"}, os.Stdin, os.Stdout, os.Stderr, false))
	case "strangers":
		os.Exit(strangers(os.Args[1], os.Args[2]))
	}
	os.Exit(m.Run())
}

// worse is how much later the 99th percentile of deliveries may be in bad company.
const worse = 10 * time.Millisecond

// BenchmarkDelivery measures how long messages take to 200 members, 200 messages a second: alone; beside a
// member that never reads; and while 10,000 datagrams come from 5,000 strangers that join, speak
// and never read. It fails when the 99th percentile of bad company is more than 10 ms behind.
func BenchmarkDelivery(b *testing.B) {
	for b.Loop() {
		alone, beside, flooded := p99(b, 0), p99(b, 1), p99(b, 5000)
		b.ReportMetric(ms(alone), "ms-alone")
		b.ReportMetric(ms(beside), "ms-stopped-reader")
		b.ReportMetric(ms(flooded), "ms-strangers")
		if beside > alone+worse || flooded > alone+worse {
			b.Errorf("99th percentile %v alone, %v beside a stopped reader, %v beside 5,000 strangers", alone, beside, flooded)
		}
	}
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// p99 is the 99th percentile in one room; so many strangers come once its members are there.
func p99(b *testing.B, company int) time.Duration {
	const size, count = 200, 1000
	port := roomProcess(b)
	c := gather(b, port, size, nil)
	defer c.close()
	if company > 0 {
		defer process(b, "strangers", port, strconv.Itoa(company))()
	}
	next := make([]int, size)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n := range count {
		<-tick.C
		i := n % size
		c.says(i, next[i])
		next[i]++
	}
	for i := range size {
		if got := c.settle(i, count-count/size); got != count-count/size {
			b.Errorf("member %d heard %d messages, want %d", i, got, count-count/size)
		}
	}
	return c.percentile(0.99, 0)
}

// process runs a part of the measurement beside it; the result ends it.
func process(b *testing.B, role string, args ...string) (end func()) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Errorf("%s: %v", role, err)
		}
	}
}

// roomProcess runs a room until the end of the benchmark, and returns its port.
func roomProcess(b *testing.B) (port string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"=room")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var ready struct{ Port int }
	if err != nil || json.Unmarshal(line, &ready) != nil || ready.Port == 0 {
		b.Fatalf("%q, %v", line, err)
	}
	go lines.WriteTo(io.Discard)
	return strconv.Itoa(ready.Port)
}

// strangers join from addresses of their own, speak once, and never read; until standard input
// ends.
func strangers(port, count string) int {
	n, _ := strconv.Atoi(count)
	number, _ := strconv.Atoi(port)
	var sockets []net.Conn
	for i := range n {
		local := &net.UDPAddr{IP: net.IPv4(127, 2, byte(i>>8), byte(i))}
		c, err := net.DialUDP("udp4", local, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: number})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		sockets = append(sockets, c)
		fmt.Fprintf(c, "stranger %d", i)
		fmt.Fprintf(c, "stranger %d : hello", i)
	}
	io.Copy(io.Discard, os.Stdin)
	for _, c := range sockets {
		c.Close()
	}
	return 0
}
