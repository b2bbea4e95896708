package echo_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/echo"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{echo.Program()}) }

// models runs a test over each server model that this system has.
func models(t *testing.T, test func(t *testing.T, model string)) {
	for _, model := range []string{"iterative", "concurrent", "eventloop"} {
		t.Run(model, func(t *testing.T) {
			if model == "eventloop" && runtime.GOOS != "linux" {
				t.Skip("the event loop needs Linux's epoll")
			}
			test(t, model)
		})
	}
}

func start(t *testing.T, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, echo.Program(), append([]string{"echo", "serve", "--port", "0"}, flags...)...)
}

func ask(t *testing.T, s *nodestest.Server, transport, text string) nodestest.Outcome {
	t.Helper()
	return nodestest.Run(t, echo.Program(), "echo", transport, "127.0.0.1", "--port", s.Text("port"), "--timeout", "20s", "--", text)
}

func TestAsk(t *testing.T) {
	models(t, func(t *testing.T, model string) {
		plain, loud := start(t, "--model", model), start(t, "--model", model, "--upper")
		texts := []string{"hello", "", "grüße, 世界", "ɐ grows, ı shrinks", strings.Repeat("long ", 10_000)}
		for _, text := range texts {
			for _, transport := range []string{"udp", "tcp"} {
				if o := ask(t, plain, transport, text); o.Result["reply"] != text || o.Error() != "" || o.Result["from"] != "127.0.0.1" {
					t.Errorf("%s: %.60v", transport, o.Result)
				}
				if o := ask(t, loud, transport, text); o.Result["reply"] != strings.ToUpper(text) {
					t.Errorf("%s --upper: %.60v", transport, o.Result)
				}
			}
		}
		o := plain.Stop()
		if o.Status != nodes.Worked || o.Number("clients") != float64(len(texts)) || o.Number("datagrams") != float64(len(texts)) {
			t.Errorf("the server's result: %v", o.Result)
		}
		total := 0
		for _, text := range texts {
			total += 2 * len(text)
		}
		if o.Number("bytes") != float64(total) {
			t.Errorf("sent back %v bytes, want %d", o.Result["bytes"], total)
		}
	})
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

func exchange(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v", got, err)
	}
}

// The lesson of the models: with a first client that stays, a second one is served at
// once, or only when the first has left.
func TestWhoWaitsForWhom(t *testing.T) {
	models(t, func(t *testing.T, model string) {
		s := start(t, "--model", model)
		first := dial(t, s)
		exchange(t, first, "one")
		second := dial(t, s)
		fmt.Fprint(second, "two")
		if model == "iterative" {
			exchange(t, first, "still here")
			first.Close()
		}
		exchange(t, second, "")
		got := make([]byte, 3)
		if _, err := io.ReadFull(second, got); err != nil || string(got) != "two" {
			t.Fatalf("the second client got %q, %v", got, err)
		}
		var order []string
		for _, e := range s.Stop().Events[1:] {
			order = append(order, fmt.Sprint(e["event"]))
		}
		want := "[client client left left result]"
		if model == "iterative" {
			want = "[client left client left result]"
		}
		if fmt.Sprint(order) != want {
			t.Errorf("events %v, want %s", order, want)
		}
	})
}

// A client that sends megabytes and reads nothing until the end must neither stop the
// others nor make the server keep it all.
func TestClientThatDoesNotRead(t *testing.T) {
	models(t, func(t *testing.T, model string) {
		if model == "iterative" {
			t.Skip("there everybody waits for it, by design")
		}
		s := start(t, "--model", model)
		greedy := dial(t, s)
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MiB
		go func() {
			greedy.Write(big)
			greedy.CloseWrite()
		}()
		if o := ask(t, s, "tcp", "me too"); o.Result["reply"] != "me too" {
			t.Errorf("the other client: %v", o.Result)
		}
		got, err := io.ReadAll(greedy)
		if err != nil || !bytes.Equal(got, big) {
			t.Errorf("%d of %d bytes came back, %v", len(got), len(big), err)
		}
	})
}

// A slow client is one that has connected and says nothing yet: only the iterative server
// has the others wait for it.
func TestClientThatHolds(t *testing.T) {
	models(t, func(t *testing.T, model string) {
		s := start(t, "--model", model)
		slow := make(chan nodestest.Outcome, 1)
		go func() {
			slow <- nodestest.Run(t, echo.Program(), "echo", "tcp", "127.0.0.1", "slow", "--port", s.Text("port"), "--timeout", "20s", "--hold", "200ms")
		}()
		s.Await("client")
		ask(t, s, "tcp", "quick")
		o := <-slow
		if o.Result["reply"] != "slow" || o.Number("seconds") < 0.2 || len(o.Events) != 2 || o.Events[0]["event"] != "connected" {
			t.Errorf("the slow one: %v", o.Events)
		}
		var order []string
		for _, e := range s.Stop().Events[1:] {
			order = append(order, fmt.Sprint(e["event"]))
		}
		if waited := fmt.Sprint(order) == "[client left client left result]"; waited != (model == "iterative") {
			t.Errorf("events %v", order)
		}
	})
}

func TestStopWithClients(t *testing.T) {
	models(t, func(t *testing.T, model string) {
		s := start(t, "--model", model)
		c := dial(t, s)
		exchange(t, c, "hello")
		if o := s.Stop(); o.Status != nodes.Worked || o.Number("clients") != 1 || o.Number("bytes") != 5 {
			t.Errorf("got %d %v", o.Status, o.Result)
		}
	})
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	for _, transport := range []string{"udp", "tcp"} {
		o := nodestest.Run(t, echo.Program(), "echo", transport, "127.0.0.1", "x", "--port", port, "--timeout", "20s")
		if o.Status != nodes.NotDone || o.Error() != nodes.Refused {
			t.Errorf("%s: got %v %s", transport, o.Result, o.Stderr)
		}
	}
}

func TestSilentServer(t *testing.T) {
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	_, port, _ := net.SplitHostPort(udp.LocalAddr().String())
	o := nodestest.Run(t, echo.Program(), "echo", "udp", "127.0.0.1", "x", "--port", port, "--timeout", "20ms")
	if o.Error() != nodes.Timeout || o.Number("seconds") <= 0 {
		t.Errorf("got %v", o.Result)
	}
}

// A server that hangs up without a word is not an empty answer.
func TestServerThatHangsUp(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	o := nodestest.Run(t, echo.Program(), "echo", "tcp", "127.0.0.1", "x", "--port", port, "--timeout", "20s")
	if o.Error() != nodes.Closed {
		t.Errorf("got %v", o.Result)
	}
}

func TestPortInUse(t *testing.T) {
	s := start(t)
	o := nodestest.Run(t, echo.Program(), "echo", "serve", "--port", s.Text("port"))
	if o.Status != nodes.NotDone || o.Error() != nodes.AddressInUse {
		t.Errorf("got %v", o.Result)
	}
}

func TestTooLong(t *testing.T) {
	s := start(t)
	if o := ask(t, s, "udp", strings.Repeat("x", 65508)); o.Error() != nodes.TooBig {
		t.Errorf("got %v", o.Error())
	}
}
