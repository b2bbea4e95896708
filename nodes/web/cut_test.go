package web_test

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
)

// A connection that really is cut, in each way that there is, leaves a part, and the next attempt goes on from
// it.
func TestCutConnections(t *testing.T) {
	b, sum := data(t, 1, 300_000)
	for name, cut := range map[string]struct {
		how  func(net.Conn, *http.Request)
		want nodes.Word
	}{
		"closed": {func(c net.Conn, _ *http.Request) { c.Close() }, nodes.Truncated},
		"reset":  {func(c net.Conn, _ *http.Request) { c.(*net.TCPConn).SetLinger(0); c.Close() }, nodes.Closed},
		"silent": {func(c net.Conn, r *http.Request) { <-r.Context().Done(); c.Close() }, nodes.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			release := make(chan struct{})
			t.Cleanup(func() { close(release) })
			url := answering(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"one"`)
				if asked.Add(1) > 1 {
					http.ServeContent(w, r, "f", time.Time{}, strings.NewReader(string(b)))
					return
				}
				c, buf, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nETag: \"one\"\r\n\r\n%s", b[:100_000])
				buf.Flush()
				if cut.want == nodes.Timeout {
					<-release
				}
				cut.how(c, r)
			})
			to := t.TempDir()
			out := filepath.Join(to, "f")
			o := get(t, url, "--out", out, "--timeout", "500ms")
			held := o.Number("bytes")
			if o.Error() != cut.want || held > 100_000 || o.Result["sha256"] != "" || cut.want != nodes.Closed && held != 100_000 {
				t.Fatalf("cut: %v %s", o.Result, o.Stderr)
			}
			holds(t, to, ".f.part", ".f.part.json")
			o = get(t, url, "--out", out, "--resume")
			if o.Error() != "" || o.Number("offset") != held || o.Result["sha256"] != sum {
				t.Errorf("resumed: %v %s", o.Result, o.Stderr)
			}
			holds(t, to, "f")
		})
	}
}

// Whatever a server sends for the rest, nothing but the rest is put behind the part.
func TestWrongRests(t *testing.T) {
	b, _ := data(t, 1, 1000)
	for name, head := range map[string]string{
		"no range":        "",
		"from elsewhere":  "Content-Range: bytes 99-999/1000\r\n",
		"from the start":  "Content-Range: bytes 0-899/1000\r\n",
		"not to the end":  "Content-Range: bytes 100-998/1000\r\n",
		"another size":    "Content-Range: bytes 100-999/2000\r\n",
		"nonsense":        "Content-Range: bytes 100-x/1000\r\n",
		"negative":        "Content-Range: bytes -100-999/1000\r\n",
		"other units":     "Content-Range: lines 100-999/1000\r\n",
		"backwards":       "Content-Range: bytes 999-100/1000\r\n",
		"another content": "Content-Range: bytes 100-999/1000\r\nETag: \"two\"\r\n",
	} {
		var asked atomic.Int64
		url := answering(t, func(w http.ResponseWriter, r *http.Request) {
			c, buf, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if asked.Add(1) == 1 {
				fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"one\"\r\n\r\n%s", b[:100])
			} else {
				fmt.Fprintf(buf, "HTTP/1.1 206 Partial Content\r\nContent-Length: 900\r\n%s\r\n%s", head, b[100:])
			}
			buf.Flush()
		})
		to := t.TempDir()
		out := filepath.Join(to, "f")
		get(t, url, "--out", out)
		o := get(t, url, "--out", out, "--resume")
		if o.Error() != nodes.Corrupted || o.Number("status") != 206 {
			t.Errorf("%s: %v %s", name, o.Result, o.Stderr)
		}
		holds(t, to, ".f.part", ".f.part.json")
	}
}

// A server whose file is shorter now than the part is asked for all of it.
func TestShorterNow(t *testing.T) {
	b, sum := data(t, 1, 1000)
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Write(b)
	})
	out := filepath.Join(t.TempDir(), "f")
	get(t, url, "--out", out, "--stop-after", "100")
	if o := get(t, url, "--out", out, "--resume"); o.Error() != "" || o.Number("offset") != 0 || o.Result["sha256"] != sum {
		t.Errorf("got %v %s", o.Result, o.Stderr)
	}
}

// Without something that tells two contents apart, a part is not gone on from.
func TestWeakValidators(t *testing.T) {
	for name, set := range map[string]func(http.Header){
		"none":       func(http.Header) {},
		"weak":       func(h http.Header) { h.Set("ETag", `W/"one"`) },
		"just now":   func(h http.Header) { h.Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat)) },
		"not a date": func(h http.Header) { h.Set("Last-Modified", "yesterday") },
	} {
		var ranges atomic.Int64
		url := answering(t, func(w http.ResponseWriter, r *http.Request) {
			set(w.Header())
			if r.Header.Get("Range") != "" {
				ranges.Add(1)
			}
			fmt.Fprint(w, strings.Repeat("x", 1000))
		})
		out := filepath.Join(t.TempDir(), "f")
		get(t, url, "--out", out, "--stop-after", "100")
		if o := get(t, url, "--out", out, "--resume"); o.Error() != "" || ranges.Load() != 0 {
			t.Errorf("%s: %d ranges asked for, %v", name, ranges.Load(), o.Result)
		}
	}
}

func TestServersThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   nodes.Word
	}{
		"nothing":         {"", nodes.Closed},
		"garbage":         {"\x00\x01\x02\x03\r\n\r\n", nodes.Failed},
		"half a header":   {"HTTP/1.1 200 OK\r\nContent-Le", nodes.Failed},
		"negative length": {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", nodes.Failed},
		"huge length":     {"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nhello", nodes.TooBig},
		"endless header":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 1000), nodes.Failed},
		"half a chunk":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello", nodes.Truncated},
		"silence":         {"wait", nodes.Timeout},
	} {
		url := answering(t, func(w http.ResponseWriter, r *http.Request) {
			conn, buf, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if c.answer == "wait" {
				buf.ReadByte() // until the client has left
				return
			}
			buf.WriteString(c.answer)
			buf.Flush()
		})
		if o := get(t, url, "--timeout", "1s"); o.Error() != c.want {
			t.Errorf("%s: %v %.200s", name, o.Error(), o.Stderr)
		}
	}
}

// Two programs never write one part.
func TestOneAtATime(t *testing.T) {
	asked, release := make(chan struct{}, 1), make(chan struct{})
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
		fmt.Fprint(w, "here")
	})
	out := filepath.Join(t.TempDir(), "f")
	first := make(chan nodestest.Outcome, 1)
	go func() { first <- get(t, url, "--out", out) }()
	<-asked
	if o := get(t, url, "--out", out); o.Error() != nodes.Exists {
		t.Errorf("the second one: %v %s", o.Result, o.Stderr)
	}
	close(release)
	if o := <-first; o.Error() != "" {
		t.Errorf("the first one: %v %s", o.Result, o.Stderr)
	}
}
