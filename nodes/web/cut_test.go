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

// rest is a server that is cut in its first answer, after 100 bytes of 1000, and then sends the rest that a test wants.
func rest(t *testing.T, firstHead, restHead string, first, rest []byte) (url string) {
	var asked atomic.Int64
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		c, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if asked.Add(1) == 1 {
			fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\n%s\r\n%s", firstHead, first)
		} else {
			fmt.Fprintf(buf, "HTTP/1.1 206 Partial Content\r\n%s\r\n%s", restHead, rest)
		}
		buf.Flush()
	})
}

// A server that has dates alone and does not know If-Range: the date of the rest tells.
func TestRestOfAnotherDate(t *testing.T) {
	b, _ := data(t, 1, 1000)
	const old, date = "Mon, 05 Jan 2026 10:00:00 GMT", "Date: Tue, 06 Jan 2026 10:00:00 GMT\r\n"
	for modified, want := range map[string]nodes.Word{
		old: "", "": "", "Mon, 05 Jan 2026 10:00:01 GMT": nodes.Corrupted, "yesterday": nodes.Corrupted,
	} {
		head := "Content-Length: 900\r\nContent-Range: bytes 100-999/1000\r\n"
		if modified != "" {
			head += "Last-Modified: " + modified + "\r\n"
		}
		url := rest(t, "Content-Length: 1000\r\nLast-Modified: "+old+"\r\n"+date, head, b[:100], b[100:])
		out := filepath.Join(t.TempDir(), "f")
		get(t, url, "--out", out)
		if o := get(t, url, "--out", out, "--resume"); o.Error() != want || o.Number("status") != 206 {
			t.Errorf("%q: %v %s", modified, o.Result, o.Stderr)
		}
	}
}

// Where the first answer had no length, the rest's range says how much there must be.
func TestRestOfContentWithoutLength(t *testing.T) {
	b, sum := data(t, 1, 1000)
	const chunked = "Transfer-Encoding: chunked\r\nETag: \"one\"\r\n"
	chunk := func(b []byte) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(b), b) }
	for _, size := range []string{"1000", "*"} {
		for got, want := range map[int]nodes.Word{1000: "", 600: nodes.Corrupted} {
			head := chunked + "Content-Range: bytes 100-999/" + size + "\r\n"
			url := rest(t, chunked, head, chunk(b[:100]), append(chunk(b[100:got]), "0\r\n\r\n"...))
			out := filepath.Join(t.TempDir(), "f")
			if o := get(t, url, "--out", out); o.Number("bytes") != 100 {
				t.Fatalf("the first part: %v %s", o.Result, o.Stderr)
			}
			o := get(t, url, "--out", out, "--resume")
			if o.Error() != want || want == "" && o.Result["sha256"] != sum {
				t.Errorf("%d bytes of %s: %v %s", got, size, o.Result, o.Stderr)
			}
		}
	}
}

// A file that appears during the download is not replaced, unless --overwrite says so.
func TestFileThatAppearsMeanwhile(t *testing.T) {
	for _, flags := range [][]string{nil, {"--overwrite"}} {
		to := t.TempDir()
		out := filepath.Join(to, "f")
		url := answering(t, func(w http.ResponseWriter, r *http.Request) {
			write(t, []byte("mine"), out)
			fmt.Fprint(w, "theirs")
		})
		o := get(t, url, append(flags, "--out", out)...)
		if flags != nil {
			if o.Error() != "" {
				t.Errorf("%q: %v %s", flags, o.Result, o.Stderr)
			}
			hasContent(t, out, []byte("theirs"))
			continue
		}
		if o.Error() != nodes.Exists {
			t.Errorf("got %v %s", o.Result, o.Stderr)
		}
		hasContent(t, out, []byte("mine"))
		hasContent(t, filepath.Join(to, ".f.part"), []byte("theirs"))
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
