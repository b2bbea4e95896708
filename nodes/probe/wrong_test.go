package probe_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
)

// answer is a server of one control connection that does what a test wants.
func answer(t *testing.T, talk func(in *bufio.Reader, conn net.Conn)) (port string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		talk(bufio.NewReader(conn), conn)
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func TestServersThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		mode string
		talk func(in *bufio.Reader, conn net.Conn)
		want nodes.Word
	}{
		{"hangs up", "udp", func(*bufio.Reader, net.Conn) {}, nodes.Closed},
		{"is another program", "tcp", func(_ *bufio.Reader, c net.Conn) { fmt.Fprintln(c, "220 mail ready"); io.Copy(io.Discard, c) }, nodes.Corrupted},
		{"never ends its line", "udp", func(_ *bufio.Reader, c net.Conn) {
			io.WriteString(c, strings.Repeat("x", 1<<20))
			io.Copy(io.Discard, c)
		}, nodes.Corrupted},
		{"is full", "udp", func(in *bufio.Reader, c net.Conn) {
			in.ReadString('\n')
			fmt.Fprintln(c, `{"verb":"refuse","reason":"full"}`)
			io.Copy(io.Discard, c)
		}, nodes.Denied},
		{"says nothing", "udp", func(_ *bufio.Reader, c net.Conn) { io.Copy(io.Discard, c) }, nodes.Timeout},
		{"reads nothing", "tcp", func(in *bufio.Reader, c net.Conn) {
			in.ReadString('\n')
			fmt.Fprintln(c, `{"verb":"go"}`)
			time.Sleep(2 * time.Second)
		}, nodes.Timeout},
		{"tells another checksum", "tcp", func(in *bufio.Reader, c net.Conn) {
			in.ReadString('\n')
			fmt.Fprintln(c, `{"verb":"go"}`)
			io.CopyN(io.Discard, in, 50_000_000)
			fmt.Fprintln(c, `{"verb":"report","bytes":50000000,"checksum":1}`)
			io.Copy(io.Discard, in)
		}, nodes.Corrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			line := []string{c.mode}
			if c.mode == "tcp" {
				line = append(line, "--bytes", "50MB")
			}
			timeout := "20s"
			if c.want == nodes.Timeout {
				timeout = "300ms"
			}
			o := measure(t, answer(t, c.talk), append(line, "--timeout", timeout)...)
			if o.Status != nodes.NotDone || o.Error() != c.want {
				t.Errorf("got %v %s, want %s", o.Result, o.Stderr, c.want)
			}
		})
	}
}

// Strangers on the server's ports harm nobody.
func TestStrangers(t *testing.T) {
	s := start(t)
	udp, err := net.Dial("udp4", "127.0.0.1:"+s.Text("port"))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, text := range []string{"x", strings.Repeat("x", 100), "NSp1" + strings.Repeat("\x00", 60)} {
		io.WriteString(udp, text)
	}
	for _, line := range []string{
		"GET / HTTP/1.1\r\n", `{"verb":"dance"}` + "\n", `{"verb":"udp","session":"zz","count":5}` + "\n",
		`{"verb":"udp","session":"01","count":-5}` + "\n", `{"verb":"udp","session":"01","count":9000000}` + "\n",
		`{"verb":"tcp","bytes":-1}` + "\n", `{"verb":"udp","session":"02","count":5}` + "\nnonsense\n",
	} {
		c, err := net.Dial("tcp4", "127.0.0.1:"+s.Text("port"))
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, line)
		if _, err := io.ReadAll(c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%q: %v", line, err)
		}
		c.Close()
	}
	if o := measure(t, s.Text("port"), "udp", "--count", "5", "--rate", "1000"); o.Number("delivered") != 5 {
		t.Errorf("afterwards: %v", o.Result)
	}
	if o := s.Stop(); o.Number("sessions") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

// A server that is stopped does not wait for its clients.
func TestStopWithClients(t *testing.T) {
	s := start(t)
	c, err := net.Dial("tcp4", "127.0.0.1:"+s.Text("port"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintln(c, `{"verb":"udp","session":"01","count":5}`)
	if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if o := s.Stop(); o.Status != nodes.Worked || o.Number("sessions") != 0 {
		t.Errorf("got %v", o.Result)
	}
}
