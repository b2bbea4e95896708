package talk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/talk"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{talk.Program()}) }

func serve(t *testing.T, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, talk.Program(), append([]string{"talk", "serve", "--port", "0"}, flags...)...)
}

func join(t *testing.T, port string, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, talk.Program(), append([]string{"talk", "127.0.0.1", "--port", port}, flags...)...)
}

// said is the events of a program in order, as "message hello" and "left q them".
func said(o nodestest.Outcome) (all []string) {
	for _, e := range o.Events {
		switch e["event"] {
		case "message", "sent":
			all = append(all, fmt.Sprint(e["event"], " ", e["text"]))
		case "client":
			all = append(all, "client")
		case "left":
			all = append(all, fmt.Sprint("left ", e["reason"], " ", e["by"]))
		}
	}
	return all
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// wires runs a test over each way to write messages.
func wires(t *testing.T, test func(t *testing.T, flags ...string)) {
	for _, flags := range [][]string{{}, {"--framed"}, {"--framed", "--big-endian"}, {"--encoding", "gbk"}, {"--framed", "--encoding", "gbk"}} {
		t.Run(strings.Join(append(flags, "wire"), " "), func(t *testing.T) { test(t, flags...) })
	}
}

// Both type everything at once, and still take turns. The client's last word is q.
func TestTurns(t *testing.T) {
	wires(t, func(t *testing.T, flags ...string) {
		s := serve(t, flags...)
		c := join(t, s.Text("port"), append(flags, "--linger", "20s")...)
		for _, line := range []string{"你好", "", "/help", "bye"} {
			c.Send(line)
		}
		c.CloseInput()
		for _, line := range []string{"hello", "世界", "see you"} {
			s.Send(line)
		}
		o := c.Wait()
		expect(t, "client", said(o), "message hello", "sent 你好", "message 世界", "sent bye", "message see you")
		if o.Error() != "" || o.Number("sent") != 2 || o.Number("received") != 3 || o.Number("unsent") != 0 || o.Result["by"] != "us" || o.Result["reason"] != "q" {
			t.Errorf("client: %v", o.Result)
		}
		s.Await("left")
		o = s.Stop()
		expect(t, "server", said(o), "client", "sent hello", "message 你好", "sent 世界", "message bye", "sent see you", "left q them")
		if o.Number("clients") != 1 || o.Number("received") != 2 || o.Number("sent") != 3 || o.Number("bytes_in") == 0 || o.Number("bytes_out") == 0 {
			t.Errorf("server: %v", o.Result)
		}
	})
}

func TestServerSaysQ(t *testing.T) {
	wires(t, func(t *testing.T, flags ...string) {
		s := serve(t, append(flags, "--greet", "hello")...)
		c := join(t, s.Text("port"), flags...)
		c.Send("hi")
		s.Await("message")
		c.Send("too early")
		c.Send("/help") // taken once the line before it waits
		s.Send(" Q ")
		o := c.Wait()
		if o.Error() != "" || o.Result["by"] != "them" || o.Number("unsent") != 1 {
			t.Errorf("client: %v", o.Result)
		}
		if e := s.Await("left"); e["reason"] != "q" || e["by"] != "us" {
			t.Errorf("server: %v", e)
		}
	})
}

// A server that talks by itself answers each message, also those that come out of turn.
func TestGreetAndReply(t *testing.T) {
	s := serve(t, "--framed", "--greet", "hello", "--reply", "I see")
	s.CloseInput() // as a service has it
	c := dial(t, s)
	c.hears("\x05\x00\x00\x00hello")
	c.says("\x01\x00\x00\x00a\x01\x00\x00\x00b")
	c.hears("\x05\x00\x00\x00I see\x05\x00\x00\x00I see")
	c.says("\x01\x00\x00\x00q")
	c.ends()
	if o := s.Stop(); o.Number("received") != 2 || o.Number("sent") != 3 {
		t.Errorf("got %v", o.Result)
	}
}

// Who speaks twice is heard twice, and our word goes out once.
func TestHeardOutOfTurn(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.says("one")
	s.Await("message")
	c.says("two")
	s.Await("message")
	s.Send("hello")
	c.hears("hello")
	s.Send("not yet")
	c.says("three")
	c.hears("not yet")
	c.Close()
	s.Await("left")
	expect(t, "server", said(s.Stop()), "client", "message one", "message two", "sent hello", "message three", "sent not yet", "left closed them")
}

// The client says nothing before the server has, and when it is told to end, only q.
func TestClientIsStoppedWhileLinesWait(t *testing.T) {
	l := listen(t)
	c := join(t, l.port)
	c.Send("never sent")
	c.Send("/help") // taken once the line before it waits
	conn := l.accept(t)
	c.CloseInput()
	o := make(chan nodestest.Outcome, 1)
	go func() { o <- c.Stop() }()
	conn.hears("q")
	conn.ends()
	conn.Close()
	if o := <-o; o.Number("unsent") != 1 || o.Number("sent") != 0 {
		t.Errorf("got %v", o.Result)
	}
}

// A q waits for its turn, but not for ever.
func TestEndOfInputWithASilentServer(t *testing.T) {
	l := listen(t)
	c := join(t, l.port, "--linger", "50ms")
	conn := l.accept(t)
	c.CloseInput()
	conn.hears("q")
	conn.ends()
	conn.Close()
	if o := c.Wait(); o.Error() != "" || o.Result["by"] != "us" {
		t.Errorf("got %v", o.Result)
	}
}

func TestIterative(t *testing.T) {
	s := serve(t, "--greet", "hello")
	first := dial(t, s)
	first.hears("hello")
	second := dial(t, s)
	first.says("q")
	second.hears("hello")
	second.says("q")
	second.ends()
	first.ends()
	expect(t, "server", said(s.Stop()), "client", "sent hello", "left q them", "client", "sent hello", "left q them")
}

// Whoever has waited longest for a word gets the next line.
func TestLinesGoToWhoeverHasWaitedLongest(t *testing.T) {
	s := serve(t, "--concurrent")
	a := dial(t, s)
	s.Await("client")
	b := dial(t, s)
	s.Await("client")
	for _, x := range []struct {
		to   peer
		line string
	}{{a, "first"}, {b, "second"}} {
		s.Send(x.line)
		x.to.hears(x.line)
	}
	b.says("b is quick")
	s.Await("message")
	a.says("a is slow")
	s.Await("message")
	s.Send("to b")
	s.Send("to a")
	b.hears("to b")
	a.hears("to a")
	s.Send("q") // nobody's turn is ours: it goes to whoever was spoken to longest ago
	b.hears("q")
	b.Close()
	if e := s.Await("left"); e["client"] != 2.0 || e["by"] != "us" {
		t.Errorf("got %v", e)
	}
}

func TestTurnedAway(t *testing.T) {
	s := serve(t, "--concurrent", "--clients", "1", "--greet", "hello")
	first := dial(t, s)
	first.hears("hello")
	first.says("here I am")
	s.Await("message")
	o := nodestest.Run(t, talk.Program(), "talk", "127.0.0.1", "--port", s.Text("port"))
	if o.Error() != nodes.Closed || o.Result["by"] != "them" {
		t.Errorf("got %v", o.Result)
	}
	if o := s.Stop(); o.Number("refused") != 1 || o.Number("clients") != 1 {
		t.Errorf("got %v", o.Result)
	}
}

// However many say nothing, whoever talks is talked with while they stay.
func TestSilentClientsMakeRoom(t *testing.T) {
	s := serve(t, "--concurrent", "--reply", "I see")
	for range 70 {
		dial(t, s)
	}
	c := dial(t, s)
	c.says("hello")
	c.hears("I see")
	if e := s.Await("left"); e["reason"] != "evicted" || e["by"] != "us" {
		t.Errorf("got %v", e)
	}
	if o := s.Stop(); o.Number("evicted") != 7 || o.Number("refused") != 0 || strings.Count(o.Stderr, "makes room") != 3 {
		t.Errorf("got %v\n%s", o.Result, o.Stderr)
	}
}

// When the server is told to end, everybody hears a q; its port can be had again at once.
func TestStop(t *testing.T) {
	s := serve(t, "--concurrent", "--greet", "hello")
	c := join(t, s.Text("port"))
	c.Await("message")
	silent := dial(t, s)
	silent.hears("hello")
	s.Stop()
	if o := c.Wait(); o.Error() != "" || o.Result["reason"] != "q" || o.Result["by"] != "them" {
		t.Errorf("client: %v", o.Result)
	}
	silent.hears("q")
	silent.ends()
	again := nodestest.Start(t, talk.Program(), "talk", "serve", "--port", s.Text("port"))
	again.Stop()
}

// What the other end says while our q is on its way is heard.
func TestLastWords(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	s.Await("client")
	s.Send("q")
	c.hears("q")
	c.says("by the way")
	s.Await("message")
	c.Close()
	if e := s.Await("left"); e["reason"] != "q" || e["by"] != "us" {
		t.Errorf("got %v", e)
	}
}

func TestClientIsStopped(t *testing.T) {
	s := serve(t)
	c := join(t, s.Text("port"))
	s.Await("client")
	if o := c.Stop(); o.Status != nodes.Worked {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
	if e := s.Await("left"); e["reason"] != "q" || e["by"] != "them" {
		t.Errorf("got %v", e)
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	s := serve(t, "--encoding", "gb2312")
	c := dial(t, s)
	s.Send(strings.Repeat("x", 1025))
	s.Send("😀")
	s.Send("ok")
	c.hears("ok")
	if o := s.Stop(); o.Number("unsent") != 2 || o.Number("sent") != 1 || !strings.Contains(o.Stderr, "gb2312 has no character") {
		t.Errorf("got %v %s", o.Result, o.Stderr)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, line := range [][]string{
		{"serve", "--clients", "3"}, {"serve", "--big-endian"}, {"serve", "--max", "10"}, {"127.0.0.1", "--max", "10"},
		{"serve", "--greet", "😀", "--encoding", "gbk"}, {"serve", "--reply", strings.Repeat("x", 1025)},
	} {
		if o := nodestest.Run(t, talk.Program(), append([]string{"talk"}, line...)...); o.Status != nodes.Misused {
			t.Errorf("%.60q: %d %s", line, o.Status, o.Stderr)
		}
	}
	if o := nodestest.Run(t, talk.Program(), "talk"); !strings.Contains(o.Stderr, "missing argument HOST") {
		t.Errorf("got %s", o.Stderr)
	}
}
