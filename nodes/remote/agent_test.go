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
	"netsim/nodes/remote"
)

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
