package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/web"
)

// logged is a server whose log a test reads while it runs: net/http tells of a closed connection when its client has
// long seen the end.
func logged(t *testing.T, dir string) (addr string, log *bufio.Scanner, stop func() map[string]any) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	errs, stderr := io.Pipe()
	go func() {
		nodes.Set{web.Program()}.Main(ctx, []string{"web", "serve", dir, "--port", "0"}, strings.NewReader(""), stdout, stderr, false)
		stdout.Close()
		stderr.Close()
	}()
	events := json.NewDecoder(out)
	next := func() (e map[string]any) {
		if err := events.Decode(&e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	_, port, _ := net.SplitHostPort(next()["address"].(string))
	ended := make(chan map[string]any, 1)
	go func() {
		for {
			var e map[string]any
			if events.Decode(&e) != nil || e["event"] == "result" {
				ended <- e
				return
			}
		}
	}()
	return "127.0.0.1:" + port, bufio.NewScanner(errs), func() map[string]any {
		cancel()
		return <-ended
	}
}

// Whoever goes without a whole request is counted, though no handler has seen it.
func TestNoWholeRequest(t *testing.T) {
	dir := t.TempDir()
	write(t, []byte("here"), dir, "f")
	addr, log, stop := logged(t, dir)
	const good = "GET /f HTTP/1.1\r\nHost: x\r\n\r\n"
	const no = "GET /f HTTP/1.1\r\n\r\n"
	for _, tt := range []struct{ stream, want string }{
		{good, "200"}, {good + good, "200"}, // these are whole
		{"GET /f HT", ""}, {"", ""}, {"\x00\x01\x02", ""}, {no, "400"}, {good + no, "400"}, {"POST", ""}, {"A B C\r\n\r\n", "400"},
		{"GET /f HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 22<<10) + "\r\n\r\n", "431"},
	} {
		c, err := net.Dial("tcp4", addr)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, tt.stream)
		c.(*net.TCPConn).CloseWrite()
		if b, _ := io.ReadAll(c); !strings.Contains(string(b), tt.want) {
			t.Errorf("%.60q: %.60q, want %s", tt.stream, b, tt.want)
		}
		c.Close()
	}
	for _, n := range []string{"1", "2", "4", "8"} {
		if !log.Scan() || !strings.Contains(log.Text(), "without a whole request, "+n+" in all") {
			t.Fatalf("the log has %q, not the one of number %s", log.Text(), n)
		}
	}
	if result := stop(); result["requestless"] != 8.0 || result["requests"] != 4.0 {
		t.Errorf("got %v", result)
	}
}
