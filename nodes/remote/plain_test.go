package remote_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/remote"
)

func operator(t *testing.T, words ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, remote.Program(), append([]string{"remote", "operator", "--port", "0"}, words...)...)
}

func agent(t *testing.T, s *nodestest.Server, flags ...string) nodestest.Outcome {
	t.Helper()
	return nodestest.Run(t, remote.Program(), append([]string{"remote", "agent", "127.0.0.1", "--port", s.Text("port")}, flags...)...)
}

func TestOperatorAndAgent(t *testing.T) {
	p := newPlace(t, "netsim node say 你好\nnetsim node flood\n")
	for _, flags := range [][]string{nil, {"--encoding", "gbk"}, {"--big-endian"}} {
		s := operator(t, append(flags, "netsim node say 你好", "reboot", "netsim node flood")...)
		o := agent(t, s, append(flags, "--allow", p.file("list"), "--output", "1KiB")...)
		if o.Status != nodes.Worked || o.Number("commands") != 2 || o.Number("denied") != 1 || o.Number("cut") != 200_000-1024 {
			t.Errorf("%q: the agent: %v %s", flags, o.Result, o.Stderr)
		}
		want := []string{"你好oops", "not allowed", strings.Repeat("x", 1024) + "(199 kB cut)\n"}
		for _, text := range want {
			if e := s.Await("answer"); e["text"] != text {
				t.Errorf("%q: %.60q, want %.60q", e["command"], e["text"], text)
			}
		}
		if o := s.Wait(); o.Status != nodes.Worked || o.Number("agents") != 1 || o.Number("answers") != 3 || o.Number("unanswered") != 0 {
			t.Errorf("%q: the operator: %v %s", flags, o.Result, o.Stderr)
		}
	}
}

func TestAgentsTimeLimit(t *testing.T) {
	p := newPlace(t, "netsim node sleep\n")
	s := operator(t, "netsim node sleep")
	if o := agent(t, s, "--allow", p.file("list"), "--limit", "300ms"); o.Number("timeouts") != 1 || o.Error() != "" {
		t.Errorf("got %v", o.Result)
	}
	if e := s.Await("answer"); e["text"] != "(timeout)\n" {
		t.Errorf("got %v", e)
	}
}

// rawAgent is an agent by hand.
func rawAgent(t *testing.T, s *nodestest.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", "127.0.0.1:"+s.Text("port"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func hears(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, 1024)
	if n, err := c.Read(b); err != nil || string(b[:n]) != want {
		t.Fatalf("got %q, %v; want %q", b[:n], err, want)
	}
}

func TestTypedCommands(t *testing.T) {
	s := operator(t)
	s.Send("first") // before anybody is there
	c := rawAgent(t, s)
	hears(t, c, "first")
	c.Write([]byte("\x02\x00\x00\x00hi"))
	if e := s.Await("answer"); e["text"] != "hi" || e["command"] != "first" || e["from"] != "127.0.0.1" {
		t.Errorf("got %v", e)
	}
	s.Send("")
	s.Send("second")
	hears(t, c, "second")
	c.Write([]byte("\x00\x00\x00\x00"))
	if e := s.Await("answer"); e["text"] != "" {
		t.Errorf("got %v", e)
	}
	s.Send("q")
	hears(t, c, "q")
	if o := s.Wait(); o.Status != nodes.Worked || o.Number("answers") != 2 {
		t.Errorf("got %v", o.Result)
	}
}

func TestOperatorEndsByItself(t *testing.T) {
	alone := operator(t)
	alone.Send("q")
	if o := alone.Wait(); o.Status != nodes.Worked {
		t.Errorf("q with nobody there: %v", o.Result)
	}
	alone = operator(t)
	alone.CloseInput()
	if o := alone.Wait(); o.Status != nodes.Worked || o.Number("agents") != 0 {
		t.Errorf("the end of input with nobody there: %v", o.Result)
	}
	s := operator(t)
	c := rawAgent(t, s)
	s.Await("agent")
	s.CloseInput()
	hears(t, c, "q")
	if o := s.Wait(); o.Status != nodes.Worked || o.Number("agents") != 1 {
		t.Errorf("the end of input: %v", o.Result)
	}
}

// What was typed before the end of the input is still sent, to an agent that comes afterwards; when that one takes the
// last command away, nobody else is waited for.
func TestEndOfInputWithCommandsPending(t *testing.T) {
	s := operator(t)
	s.Send("date")
	s.CloseInput()
	c := rawAgent(t, s)
	hears(t, c, "date")
	c.Write([]byte("\x02\x00\x00\x00ok"))
	hears(t, c, "q")
	if o := s.Wait(); o.Status != nodes.Worked || o.Number("answers") != 1 {
		t.Errorf("got %v", o.Result)
	}
	s = operator(t)
	s.Send("date")
	s.CloseInput()
	c = rawAgent(t, s)
	hears(t, c, "date")
	c.Close()
	if o := s.Wait(); o.Status != nodes.Worked || o.Number("unanswered") != 1 {
		t.Errorf("got %v", o.Result)
	}
}

func TestHelpIsNotSent(t *testing.T) {
	s := operator(t)
	c := rawAgent(t, s)
	s.Send("/help")
	s.Send("date")
	hears(t, c, "date")
	var out, errs shared
	nodes.Set{remote.Program()}.Main(t.Context(), []string{"remote", "operator", "--port", "0"}, strings.NewReader("/help\nq\n"), &out, &errs, true)
	for _, want := range []string{"/help explains", "Each line is sent"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}
}

// Agents that send what is no answer, half of one, or nothing are left for the next one.
func TestWrongAgents(t *testing.T) {
	s := operator(t, "--timeout", "300ms", "--longest", "1KiB")
	streams := []string{"\xff\xff\xff\xff", "\x00\x00\x00\x7f", "\x01\x04\x00\x00", "\x05\x00\x00\x00hel", "\x05", "close", ""}
	for _, stream := range streams {
		c := rawAgent(t, s)
		s.Await("agent")
		s.Send("date")
		hears(t, c, "date")
		if stream == "close" {
			c.Close()
			continue
		}
		c.Write([]byte(stream))
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("after %q: %v", stream, err)
		}
	}
	unasked := rawAgent(t, s)
	unasked.Write([]byte("\x02\x00\x00\x00hi"))
	io.Copy(io.Discard, unasked)
	good := rawAgent(t, s)
	s.Send("date")
	hears(t, good, "date")
	good.Write([]byte("\x02\x00\x00\x00ok"))
	if e := s.Await("answer"); e["text"] != "ok" {
		t.Errorf("got %v", e)
	}
	if o := s.Stop(); o.Status != nodes.Worked || o.Number("agents") != float64(len(streams)+2) || o.Number("unanswered") != float64(len(streams)) || o.Number("answers") != 1 {
		t.Errorf("got %v\n%s", o.Result, o.Stderr)
	}
}

func TestGivenCommandsFailWithTheAgent(t *testing.T) {
	s := operator(t, "date", "uname")
	c := rawAgent(t, s)
	hears(t, c, "date")
	c.Close()
	if o := s.Wait(); o.Status != nodes.NotDone || o.Error() != nodes.Closed || o.Number("unanswered") != 2 {
		t.Errorf("got %v", o.Result)
	}
	s = operator(t, "删除😀", "--encoding", "gbk")
	rawAgent(t, s)
	if o := s.Wait(); o.Error() != nodes.Corrupted {
		t.Errorf("got %v", o.Result)
	}
}
