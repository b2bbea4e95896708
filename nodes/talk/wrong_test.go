package talk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/talk"
)

// What a client does wrong concerns that client alone: it is named, and another one is
// served meanwhile.
func TestWrongClients(t *testing.T) {
	for _, x := range []struct {
		what   string
		flags  []string
		does   func(peer)
		reason string
		by     string
		counts string // of the result
	}{
		{"hangs up at once", nil, func(p peer) { p.Close() }, "closed", "them", ""},
		{"resets", nil, func(p peer) { p.SetLinger(0); p.Close() }, "closed", "them", ""},
		{"hangs up inside a length", []string{"--framed"}, func(p peer) { p.says("\x05\x00"); p.CloseWrite() }, "truncated", "them", "truncated"},
		{"hangs up inside a frame", []string{"--framed"}, func(p peer) { p.says("\x05\x00\x00\x00he"); p.CloseWrite() }, "truncated", "them", "truncated"},
		{"a negative length", []string{"--framed"}, func(p peer) { p.says("\xff\xff\xff\xff") }, "corrupted", "us", "corrupted"},
		{"a huge length", []string{"--framed"}, func(p peer) { p.says("\xff\xff\xff\x7fx") }, "corrupted", "us", "corrupted"},
		{"speaks without framing", []string{"--framed"}, func(p peer) { p.says("hello bob") }, "corrupted", "us", "corrupted"},
		{"says nothing", []string{"--idle", "300ms"}, func(peer) {}, "idle", "us", "idle"},
		{"says half a frame", []string{"--framed", "--idle", "300ms"}, func(p peer) { p.says("\x05\x00\x00\x00he") }, "idle", "us", "idle"},
		{"never ends a frame", []string{"--framed", "--idle", "300ms"}, func(p peer) {
			p.says("\x00\x10\x00\x00")
			go func() { // ends with the connection
				for {
					if _, err := p.Write([]byte("a")); err != nil {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}, "idle", "us", "idle"},
		{"does not read", []string{"--framed", "--stuck", "100ms", "--reply", strings.Repeat("x", 64<<10)}, func(p peer) {
			p.says(strings.Repeat("\x01\x00\x00\x00a", 1000))
		}, "stuck", "us", "stuck"},
	} {
		t.Run(x.what, func(t *testing.T) {
			s := serve(t, append(x.flags, "--concurrent", "--greet", "hello")...)
			wrong := dial(t, s)
			s.Await("client")
			x.does(wrong)
			flags := []string{"talk", "127.0.0.1", "--port", s.Text("port"), "--timeout", "20s"}
			if len(x.flags) > 0 && x.flags[0] == "--framed" {
				flags = append(flags, "--framed")
			}
			if o := nodestest.Run(t, talk.Program(), flags...); o.Error() != "" || o.Number("received") != 1 {
				t.Errorf("the other client: %v", o.Result)
			}
			for left := ""; left != "1"; {
				e := s.Await("left")
				left = fmt.Sprint(e["client"])
				if left == "1" && (e["reason"] != x.reason || e["by"] != x.by) {
					t.Errorf("got %v", e)
				}
			}
			o := s.Stop()
			for _, name := range []string{"idle", "stuck", "truncated", "corrupted", "refused"} {
				if got := o.Number(name); (got == 1) != (name == x.counts) || got > 1 {
					t.Errorf("%s: %v", name, got)
				}
			}
		})
	}
}

// Garbage without framing is text that is shown as far as it can be.
func TestGarbage(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.says("\x00\xff\x1b[2J")
	if e := s.Await("message"); e["text"] != "\x00\uFFFD\x1b[2J" || e["bytes"] != 6.0 {
		t.Errorf("got %q", e)
	}
}

func TestWrongServers(t *testing.T) {
	for _, x := range []struct {
		what  string
		flags []string
		does  func(peer)
		word  nodes.Word
	}{
		{"hangs up without a word", nil, func(p peer) { p.Close() }, nodes.Closed},
		{"hangs up without a q", nil, func(p peer) { p.says("hello"); p.Close() }, nodes.Closed},
		{"hangs up inside a frame", []string{"--framed"}, func(p peer) { p.says("\x05\x00\x00\x00he"); p.Close() }, nodes.Truncated},
		{"a negative length", []string{"--framed"}, func(p peer) { p.says("\xff\xff\xff\xff") }, nodes.Corrupted},
		{"never says a word", []string{"--idle", "50ms"}, func(peer) {}, nodes.Timeout},
	} {
		t.Run(x.what, func(t *testing.T) {
			l := listen(t)
			c := join(t, l.port, x.flags...)
			c.Send("hello")
			conn := l.accept(t)
			x.does(conn)
			if o := c.Wait(); o.Error() != x.word || o.Status != nodes.NotDone {
				t.Errorf("got %v, want %s", o.Result, x.word)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	l := listen(t)
	l.Close()
	if o := nodestest.Run(t, talk.Program(), "talk", "127.0.0.1", "--port", l.port); o.Error() != nodes.Refused {
		t.Errorf("got %v", o.Result)
	}
	if o := nodestest.Run(t, talk.Program(), "talk", "no-such-host"); o.Error() != nodes.NotFound {
		t.Errorf("got %v", o.Result)
	}
	s := serve(t)
	if o := nodestest.Run(t, talk.Program(), "talk", "serve", "--port", s.Text("port")); o.Error() != nodes.AddressInUse {
		t.Errorf("got %v", o.Result)
	}
}
