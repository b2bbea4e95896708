package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
)

// servers are command lines of all forms that serve on a port.
func servers(t testing.TB) [][]string {
	t.Helper()
	more := map[string][][]string{
		"talk serve":   {nil, {"--concurrent"}},
		"echo serve":   {{"--model", "iterative"}, {"--model", "concurrent"}, {"--model", "eventloop"}},
		"frame serve":  {nil, {"--raw"}},
		"remote serve": {{"--secret", "testdata/secret.txt"}},
		"listen udp":   {nil, {"--group", "239.1.1.1"}},
	}
	var all [][]string
	for _, p := range programs() {
		for _, f := range p.Forms {
			words := strings.TrimSpace(p.Name + " " + f.Words)
			if !f.Server || len(f.Args) > 0 && !f.Args[0].Optional {
				continue // a client
			}
			variants := more[words]
			if variants == nil {
				variants = [][]string{nil}
			}
			for _, flags := range variants {
				all = append(all, append(strings.Fields(words), flags...))
			}
		}
	}
	if len(all) < 12 {
		t.Fatalf("only %d servers", len(all))
	}
	return all
}

// Every server ends when it is told to, with clients that say nothing and clients that say
// nonsense; it reports what it did, and its port can be had again at once.
func TestServersStopAndStartAgain(t *testing.T) {
	for _, line := range servers(t) {
		t.Run(strings.Join(line, " "), func(t *testing.T) {
			port := "0"
			for range 3 {
				var o nodestest.Outcome
				o, port = serveAndStop(t, line, port)
				if o.Status != nodes.Worked || o.Error() != "" {
					t.Fatalf("ended with status %d, %v\n%s", o.Status, o.Result, o.Stderr)
				}
			}
		})
	}
}

// BenchmarkStop measures how long each server takes to end. It fails when one takes more than a second.
func BenchmarkStop(b *testing.B) {
	for _, line := range servers(b) {
		b.Run(strings.Join(line, "_"), func(b *testing.B) {
			for b.Loop() {
				serveAndStop(b, line, "0")
			}
		})
	}
}

// serveAndStop starts a server, has bad company call on it, and stops it.
func serveAndStop(t testing.TB, line []string, port string) (nodestest.Outcome, string) {
	t.Helper()
	server := nodestest.Start(t, programs().Program(line[0]), append(line, "--port", port)...)
	port = server.Text("port")
	for i := range 4 {
		for _, network := range []string{"tcp4", "udp4"} {
			c, err := net.Dial(network, "127.0.0.1:"+port)
			if err != nil {
				continue // it serves the other one
			}
			defer c.Close()
			if i%2 == 1 {
				fmt.Fprint(c, "\xff\xff\xff\x7f\x00 nonsense\r\n")
			}
		}
	}
	began := time.Now()
	o := server.Stop()
	if b, ok := t.(*testing.B); ok {
		took := time.Since(began)
		b.ReportMetric(float64(took)/1e6, "ms-to-stop")
		if took > time.Second {
			b.Errorf("%s took %v to end", strings.Join(line, " "), took)
		}
	}
	return o, port
}
