package frame_test

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/frame"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{frame.Program()}) }

func serve(t *testing.T, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, frame.Program(), append([]string{"frame", "serve", "--port", "0"}, flags...)...)
}

func send(t *testing.T, s *nodestest.Server, line ...string) nodestest.Outcome {
	t.Helper()
	return nodestest.Run(t, frame.Program(), append([]string{"frame", "send", "127.0.0.1", "--port", s.Text("port"), "--timeout", "20s"}, line...)...)
}

// said is the events of a server in order, without who came and left.
func said(o nodestest.Outcome) (all []string) {
	for _, e := range o.Events {
		switch e["event"] {
		case "read", "message":
			all = append(all, fmt.Sprint(e["event"], " ", e["text"]))
		case "bad":
			all = append(all, fmt.Sprint("bad ", e["error"]))
		}
	}
	return all
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Several sends come out of one read, when the reader was busy meanwhile.
func TestSticky(t *testing.T) {
	s := serve(t, "--raw", "--pause", "500ms")
	o := send(t, s, "--raw", "one", "two", "three", "--interval", "10ms")
	if o.Error() != "" || o.Number("sent") != 3 || o.Number("writes") != 3 || o.Number("bytes") != 11 {
		t.Errorf("sender: %v", o.Result)
	}
	s.Await("left")
	o = s.Stop()
	expect(t, said(o), "read onetwothree")
	if o.Number("reads") != 1 || o.Number("bytes") != 11 || o.Number("clients") != 1 || o.Number("messages") != 0 {
		t.Errorf("server: %v", o.Result)
	}
}

// A small buffer cuts them anywhere; characters too, which are counted in bytes.
func TestHalf(t *testing.T) {
	s := serve(t, "--raw", "--pause", "200ms", "--buffer", "4")
	send(t, s, "--raw", "one", "二")
	s.Await("left")
	o := s.Stop()
	expect(t, said(o), "read one\uFFFD", "read \uFFFD")
	if o.Number("bytes") != 6 {
		t.Errorf("server: %v", o.Result)
	}
}

// However many send nothing, whoever sends is served while they stay.
func TestSilentClientsMakeRoom(t *testing.T) {
	for _, flags := range [][]string{nil, {"--raw"}} {
		s := serve(t, flags...)
		for range 70 {
			dial(t, s)
		}
		send(t, s, append(flags, "hello")...)
		event := "message"
		if flags != nil {
			event = "read"
		}
		if e := s.Await(event); e["text"] != "hello" {
			t.Errorf("got %v", e)
		}
		if o := s.Stop(); o.Number("evicted") != 7 {
			t.Errorf("%q: %v", flags, o.Result)
		}
	}
}

// Framing keeps messages apart, whatever way they are cut.
func TestFramed(t *testing.T) {
	for _, flags := range [][]string{{}, {"--big-endian"}, {"--max", "5"}} {
		for _, piece := range [][]string{{}, {"--piece", "1"}, {"--piece", "3"}, {"--piece", "100", "--interval", "1ms"}} {
			s := serve(t, flags...)
			o := send(t, s, append(append(piece, flags...), "one", "二", "", "three")...)
			if o.Error() != "" || o.Number("sent") != 4 || o.Number("bytes") != 27 {
				t.Errorf("sender: %v", o.Result)
			}
			s.Await("left")
			o = s.Stop()
			expect(t, said(o), "message one", "message 二", "message ", "message three")
			if o.Number("messages") != 4 || o.Number("bytes") != 11 || o.Number("reads") != 0 {
				t.Errorf("server: %v", o.Result)
			}
		}
	}
}

// What is wrong is told and counted, never taken for a shorter message, and concerns one
// client alone.
func TestWrong(t *testing.T) {
	for _, x := range []struct {
		what  string
		send  []string
		word  string
		whole int
	}{
		{"hangs up inside the last message", []string{"whole", "half", "--cut", "2"}, "truncated", 1},
		{"inside its length", []string{"whole", "half", "--cut", "6"}, "truncated", 1},
		{"before it", []string{"whole", "half", "--cut", "8"}, "", 1},
		{"before all of it", []string{"half", "--cut", "99"}, "", 0},
		{"claims more", []string{"whole", "half", "--claim", "5"}, "truncated", 1},
		{"claims less", []string{"whole", "half", "--claim", "3"}, "truncated", 2},
		{"claims -1", []string{"whole", "half", "--claim", "4294967295"}, "corrupted", 1},
		{"claims a gigabyte", []string{"whole", "half", "--claim", "1000000000"}, "corrupted", 1},
		{"the other order", []string{"half", "--big-endian"}, "corrupted", 0},
		{"no framing", []string{"GET / HTTP/1.1", "--raw"}, "corrupted", 0},
	} {
		t.Run(x.what, func(t *testing.T) {
			s := serve(t)
			quiet := dial(t, s) // says nothing meanwhile
			s.Await("client")
			send(t, s, x.send...)
			if e := s.Await("left"); x.word != "" && e["reason"] != x.word || x.word == "" && e["reason"] != "end" {
				t.Errorf("left: %v", e)
			}
			send(t, s, "next")
			s.Await("left")
			quiet.Close()
			o := s.Stop()
			if o.Number("messages") != float64(x.whole+1) {
				t.Errorf("got %v", o.Result)
			}
			for _, word := range []string{"corrupted", "truncated"} {
				if got := o.Number(word) == 1; got != (word == x.word) {
					t.Errorf("%s: %v", word, o.Result)
				}
			}
		})
	}
}

func TestIdle(t *testing.T) {
	s := serve(t, "--idle", "50ms")
	dial(t, s)
	if e := s.Await("left"); e["reason"] != "idle" {
		t.Errorf("got %v", e)
	}
	if o := s.Stop(); o.Number("idle") != 1 {
		t.Errorf("got %v", o.Result)
	}
}

// Who sends a byte now and then, and never a whole message, is left too.
func TestDrip(t *testing.T) {
	s := serve(t, "--idle", "300ms")
	c := dial(t, s)
	io.WriteString(c, "\x00\x10\x00\x00")
	go func() { // ends with the connection
		for {
			if _, err := c.Write([]byte("a")); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if e := s.Await("left"); e["reason"] != "idle" {
		t.Errorf("got %v", e)
	}
}

// Long messages and many: events are bounded, counts are not.
func TestMuch(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	go func() {
		io.WriteString(c, "\x00\x10\x00\x00"+strings.Repeat("好", 4096/3)+"x")
		io.WriteString(c, strings.Repeat("\x01\x00\x00\x00a", 12_000))
		c.CloseWrite()
	}()
	if e := s.Await("message"); e["bytes"] != 4096.0 || e["text"] != strings.Repeat("好", 1024/3) {
		t.Errorf("got %v bytes, %d of text", e["bytes"], len(fmt.Sprint(e["text"])))
	}
	io.Copy(io.Discard, c) // until it has read all
	o := s.Stop()
	if o.Number("messages") != 12_001 || o.Number("untold") == 0 || len(o.Events) > 10_002 {
		t.Errorf("%d events, %v", len(o.Events), o.Result)
	}
}

func TestStopWithClients(t *testing.T) {
	s := serve(t, "--raw", "--pause", "1m")
	dial(t, s)
	s.Await("client")
	if o := s.Stop(); o.Status != nodes.Worked || o.Number("clients") != 1 {
		t.Errorf("got %v", o.Result)
	}
	again := nodestest.Start(t, frame.Program(), "frame", "serve", "--port", s.Text("port"))
	again.Stop()
}

func TestWrongUsage(t *testing.T) {
	for _, line := range [][]string{
		{"serve", "--pause", "1s"}, {"serve", "--buffer", "10"}, {"serve", "--raw", "--max", "10"}, {"serve", "--raw", "--big-endian"},
		{"send", "127.0.0.1", "x", "--raw", "--claim", "3"},
	} {
		if o := nodestest.Run(t, frame.Program(), append([]string{"frame"}, line...)...); o.Status != nodes.Misused {
			t.Errorf("%q: %d %s", line, o.Status, o.Stderr)
		}
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	if o := nodestest.Run(t, frame.Program(), "frame", "send", "127.0.0.1", "x", "--port", port); o.Error() != nodes.Refused {
		t.Errorf("got %v", o.Result)
	}
	if o := nodestest.Run(t, frame.Program(), "frame", "send", "127.0.0.1", "too long", "--port", port, "--max", "3"); o.Error() != nodes.TooBig {
		t.Errorf("got %v", o.Result)
	}
}

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
