package remote_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/framing"
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
	if o := s.Wait(); o.Status != nodes.NotDone || o.Error() != nodes.Closed || o.Number("unanswered") != 1 {
		t.Errorf("got %v", o.Result)
	}
	s = operator(t, "删除😀", "--encoding", "gbk")
	rawAgent(t, s)
	if o := s.Wait(); o.Error() != nodes.Corrupted {
		t.Errorf("got %v", o.Result)
	}
}

// handOperator is an operator by hand, and the agent that has connected to it.
func handOperator(t *testing.T, flags ...string) (c net.Conn, stop context.CancelFunc, result func() (int, string)) {
	t.Helper()
	c, _, stop, result = heardOperator(t, flags...)
	return c, stop, result
}

// shared is output that is read while it is written.
type shared struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// heardOperator is handOperator with what the agent says meanwhile.
func heardOperator(t *testing.T, flags ...string) (c net.Conn, out *shared, stop context.CancelFunc, result func() (int, string)) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	out = &shared{}
	done := make(chan int, 1)
	go func() {
		line := append([]string{"remote", "agent", "127.0.0.1", "--port", port}, flags...)
		done <- nodes.Set{remote.Program()}.Main(ctx, line, strings.NewReader(""), out, io.Discard, false)
	}()
	if c, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c, out, cancel, func() (int, string) { return <-done, out.String() }
}

func TestAgentObeys(t *testing.T) {
	p := newPlace(t, "netsim node say 你好\n")
	c, _, result := handOperator(t, "--allow", p.file("list"), "--encoding", "gbk")
	for command, want := range map[string]string{
		" netsim node say 你好\r\n": "你好oops", "netsim node say 你好 x": "not allowed", "say 'x": "not allowed", "   ": "not allowed", strings.Repeat("x", 3000): "not allowed",
	} {
		b, _ := charset.GBK.Encode(command)
		c.Write(b)
		got, err := framing.Codec{}.Read(c)
		if text := charset.GBK.Decode(got); err != nil || text != want {
			t.Errorf("%q: %q, %v", command, text, err)
		}
	}
	c.Write([]byte("q"))
	if status, out := result(); status != nodes.Worked || !strings.Contains(out, `"commands":1,"denied":4,`) {
		t.Errorf("%d %.300s", status, out)
	}
}

func TestAgentEndsWithItsOperator(t *testing.T) {
	c, _, result := handOperator(t)
	c.Close()
	if status, out := result(); status != nodes.Worked {
		t.Errorf("%d %.300s", status, out)
	}
}

// A command ends with its operator, in the plain form too.
func TestPlainCommandEndsWithItsOperator(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node family "+p.file("pids"))
	c, out, _, result := heardOperator(t, "--allow", p.file("list"), "--limit", "1h")
	fmt.Fprintf(c, "netsim node family %s", p.file("pids"))
	pids := family(t, p.file("pids"))
	c.Close()
	gone(t, pids)
	if status, _ := result(); status != nodes.Worked || !strings.Contains(out.String(), `"error":"closed"`) {
		t.Errorf("%d %.300s", status, out)
	}
}

// What comes while a command is running is the next one.
func TestEarlyCommand(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node say a\nnetsim node family "+p.file("pids"))
	c, _, result := handOperator(t, "--allow", p.file("list"), "--limit", "1s")
	fmt.Fprintf(c, "netsim node family %s", p.file("pids"))
	family(t, p.file("pids"))
	fmt.Fprint(c, "netsim node say a")
	for _, want := range []string{"begun(timeout)\n", "aoops"} {
		if got, err := (framing.Codec{}).Read(c); err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	c.Write([]byte("q"))
	if status, out := result(); status != nodes.Worked {
		t.Errorf("%d %.300s", status, out)
	}
}

// Bytes that are no text never become a command of the list.
func TestPlainCommandThatIsNoText(t *testing.T) {
	p := newPlace(t, "netsim node say a\n")
	for encoding, command := range map[string]string{"utf-8": "netsim node say a\xff", "gbk": "netsim node say a\x81"} {
		c, _, _ := handOperator(t, "--allow", p.file("list"), "--encoding", encoding)
		c.Write([]byte(command))
		if got, err := (framing.Codec{}).Read(c); err != nil || string(got) != "not allowed" {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestAgentIsToldToEnd(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node family "+p.file("pids"))
	c, stop, result := handOperator(t, "--allow", p.file("list"), "--limit", "1h")
	fmt.Fprintf(c, "netsim node family %s", p.file("pids"))
	pids := family(t, p.file("pids"))
	stop()
	if status, out := result(); status != nodes.Worked || !strings.Contains(out, `"commands":1`) {
		t.Errorf("%d %.300s", status, out)
	}
	gone(t, pids)
}

// An operator that does not read its answers is left.
func TestOperatorThatDoesNotRead(t *testing.T) {
	p := newPlace(t, "netsim node deluge\n")
	c, out, _, result := heardOperator(t, "--allow", p.file("list"), "--output", "1MiB", "--timeout", "300ms")
	for n := 1; !strings.Contains(out.String(), `"result"`); n++ {
		fmt.Fprint(c, "netsim node deluge") // refused once the agent has left
		eventually(t, "an answer, or the end", func() bool {
			return strings.Count(out.String(), `"command"`) >= n || strings.Contains(out.String(), `"result"`)
		})
	}
	if status, out := result(); status != nodes.NotDone || !strings.Contains(out, `"error":"timeout"`) {
		t.Errorf("exit status %d, %.300s", status, out)
	}
}

func TestLengthIsLittleEndian(t *testing.T) {
	c, _, _ := handOperator(t)
	c.Write([]byte("no such command"))
	var n int32
	if err := binary.Read(c, binary.LittleEndian, &n); err != nil || n != int32(len("not allowed")) {
		t.Errorf("%d, %v", n, err)
	}
}
