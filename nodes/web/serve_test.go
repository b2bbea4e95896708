package web_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/web"
)

func dial(t *testing.T, s *nodestest.Server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp4", "127.0.0.1:"+s.Text("port"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}

// ask sends a request as it is typed, on a connection of its own.
func ask(t *testing.T, s *nodestest.Server, request string) (*http.Response, string) {
	t.Helper()
	return answer(t, dial(t, s), request)
}

func answer(t *testing.T, c net.Conn, request string) (*http.Response, string) {
	t.Helper()
	go io.WriteString(c, request)
	method, _, _ := strings.Cut(request, " ")
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil && r.StatusCode != http.StatusRequestHeaderFieldsTooLarge { // what was not read makes the close a reset
		t.Errorf("%.40q: %v", request, err)
	}
	return r, string(b)
}

func TestNothingLeadsOut(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "www")
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, []byte("secret"), outside, "secret")
	write(t, []byte("inside"), dir, "inside")
	for link, target := range map[string]string{"absolute": filepath.Join(outside, "secret"), "relative": "../secret", "up": "..", "good": "inside", "loop": "loop"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	makeFIFO(t, filepath.Join(dir, "fifo"))
	s := start(t, dir)
	for path, want := range map[string]int{
		"/inside": 200, "/good": 200, "/sub/../inside": 200, "/": 200, "/sub/": 200, "/sub": 301,
		"/absolute": 404, "/relative": 404, "/up/secret": 404, "/up/": 404, "/loop": 404, "/fifo": 404, "/inside/x": 404,
		"/../secret": 404, "/%2e%2e/secret": 404, "/..%2fsecret": 404, "/sub/..%2f..%2fsecret": 404, "/sub/../../secret": 404,
		"//" + outside + "/secret": 404, "/" + strings.Repeat("x", 300): 404, "/inside%00": 404, `/..\secret`: 404,
	} {
		r, body := ask(t, s, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if r.StatusCode != want && !(want == 404 && r.StatusCode == 400) || strings.Contains(body, "secret\n") || body == "secret" {
			t.Errorf("%s: %s %.60q, want %d", path, r.Status, body, want)
		}
	}
}

func TestRanges(t *testing.T) {
	dir := t.TempDir()
	b, _ := data(t, 1, 10_000)
	write(t, b, dir, "f")
	s := start(t, dir)
	whole, _ := ask(t, s, "HEAD /f HTTP/1.1\r\nHost: x\r\n\r\n")
	tag := whole.Header.Get("ETag")
	if whole.ContentLength != 10_000 || tag == "" || whole.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD: %v", whole.Header)
	}
	for headers, want := range map[string]struct {
		status int
		body   []byte
	}{
		"Range: bytes=100-199":                        {206, b[100:200]},
		"Range: bytes=9990-":                          {206, b[9990:]},
		"Range: bytes=-10":                            {206, b[9990:]},
		"Range: bytes=10000-":                         {416, nil},
		"Range: bytes=100-199\r\nIf-Range: " + tag:    {206, b[100:200]},
		"Range: bytes=100-199\r\nIf-Range: \"other\"": {200, b},
		"If-None-Match: " + tag:                       {304, nil},
		"Range: bytes=18446744073709551615-":          {416, nil},
	} {
		r, body := ask(t, s, "GET /f HTTP/1.1\r\nHost: x\r\n"+headers+"\r\n\r\n")
		if r.StatusCode != want.status || want.body != nil && !bytes.Equal([]byte(body), want.body) {
			t.Errorf("%s: %s, %d bytes", headers, r.Status, len(body))
		}
	}
	os.Chtimes(filepath.Join(dir, "f"), time.Time{}, time.Now().Add(time.Millisecond))
	if r, _ := ask(t, s, "HEAD /f HTTP/1.1\r\nHost: x\r\n\r\n"); r.Header.Get("ETag") == tag {
		t.Error("a file that was written again has the same ETag")
	}
}

// While others send garbage, half requests, or nothing, clients are served.
func TestStrangers(t *testing.T) {
	dir := t.TempDir()
	write(t, []byte("here"), dir, "f")
	s := start(t, dir)
	for _, stream := range []string{
		"", "\x00\x01\x02", "\xff\xff\xff\xff", "G", "GET /f HTTP/1.1\r\nHost: x\r\nA:", "GET /f HTTP/9.9\r\n\r\n", "POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\nx",
		"POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff", "GET /f HTTP/1.1\r\nHost: x\r\nRange: bytes=" + strings.Repeat("0-1,", 1000) + "\r\n\r\n",
	} {
		dial(t, s).Write([]byte(stream))
		if o := get(t, address(s, "/f")); o.Error() != "" {
			t.Errorf("after %.40q: %v", stream, o.Result)
		}
	}
	for want, request := range map[int]string{
		405: "POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		431: "GET /f HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 22<<10) + "\r\n\r\n",
		400: "GET /f HTTP/1.1\r\n\r\n",
	} {
		if r, _ := ask(t, s, request); r.StatusCode != want {
			t.Errorf("%.20q: %s, want %d", request, r.Status, want)
		}
	}
	if o := s.Stop(); o.Status != nodes.Worked || strings.Count(o.Stderr, "\n") > 5 {
		t.Errorf("%v\n%s", o.Result, o.Stderr)
	}
}

// A reader that does not read is left, and so is a connection without a request.
func TestDeadClientsAreLeft(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	write(t, nil, file)
	os.Truncate(file, 100<<20)
	s := start(t, dir, "--clients", "2", "--idle", "200ms")
	greedy, idle := dial(t, s), dial(t, s)
	io.WriteString(greedy, "GET /f HTTP/1.1\r\nHost: x\r\n\r\n")
	answer(t, idle, "HEAD /f HTTP/1.1\r\nHost: x\r\n\r\n")
	if e := s.Await("request"); e["method"] != "HEAD" {
		t.Errorf("got %v", e)
	}
	if e := s.Await("request"); e["method"] != "GET" || e["bytes"].(float64) >= 100<<20 {
		t.Errorf("got %v", e)
	}
	if _, err := io.Copy(io.Discard, idle); err != nil {
		t.Errorf("the idle one: %v", err)
	}
	if o := s.Stop(); o.Number("cut") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

// A server stops with clients in every state, and its port can be had again at once.
func TestStopAndServeAgain(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	write(t, nil, file)
	os.Truncate(file, 100<<20)
	s := start(t, dir)
	dial(t, s)
	io.WriteString(dial(t, s), "GET /f HT")
	answer(t, dial(t, s), "HEAD /f HTTP/1.1\r\nHost: x\r\n\r\n")
	greedy := dial(t, s)
	io.WriteString(greedy, "GET /f HTTP/1.1\r\nHost: x\r\n\r\n")
	io.ReadFull(greedy, make([]byte, 1<<20))
	o := s.Stop()
	if o.Status != nodes.Worked || o.Number("requests") != 2 || o.Number("cut") != 1 {
		t.Errorf("got %v", o.Result)
	}
	again := nodestest.Start(t, web.Program(), "web", "serve", dir, "--port", s.Text("port"))
	if r, _ := ask(t, again, "HEAD /f HTTP/1.1\r\nHost: x\r\n\r\n"); r.StatusCode != 200 {
		t.Error(r.Status)
	}
}

func TestEventsAreBounded(t *testing.T) {
	s := start(t, t.TempDir())
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for range 1100 {
		r, err := client.Head(address(s, "/none"))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	if o := s.Stop(); len(o.Events) != 1002 || o.Number("requests") != 1100 {
		t.Errorf("%d events of %v requests", len(o.Events), o.Number("requests"))
	}
}

func TestMethodIsShort(t *testing.T) {
	s := start(t, t.TempDir())
	ask(t, s, strings.Repeat("X", 10_000)+" / HTTP/1.1\r\nHost: x\r\n\r\n")
	if e := s.Await("request"); e["method"] != strings.Repeat("X", 256) {
		t.Errorf("%d characters", len(fmt.Sprint(e["method"])))
	}
}

func TestServerThatCannotServe(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	for want, line := range map[nodes.Word][]string{
		nodes.AddressInUse: {dir, "--port", s.Text("port")},
		nodes.NotFound:     {filepath.Join(dir, "none"), "--port", "0"},
	} {
		if o := nodestest.Run(t, web.Program(), append([]string{"web", "serve"}, line...)...); o.Error() != want {
			t.Errorf("%q: %v", line, o.Result)
		}
	}
}

func TestGetIsToldToEnd(t *testing.T) {
	asked := make(chan struct{}, 1)
	url := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- nodes.Set{web.Program()}.Main(ctx, []string{"web", "get", url, "--timeout", "1h"}, strings.NewReader(""), io.Discard, io.Discard, false)
	}()
	<-asked
	cancel()
	if status := <-done; status != nodes.NotDone {
		t.Error(fmt.Sprint("exit status ", status))
	}
}
