package talk_test

import (
	"io"
	"testing"
)

// A q ends it in time, whatever waits before it, and what was not sent is told.
func TestLinesWaitNoLongerThanTheQBehindThem(t *testing.T) {
	for _, x := range []struct {
		what  string
		lines []string
		told  string
	}{
		{"a line", []string{"hello"}, "talk: 1 typed line was not sent\n"},
		{"and a q", []string{"hello", "q"}, "talk: 1 typed line was not sent\n"},
		{"and more", []string{"hello", "bob", "q"}, "talk: 2 typed lines were not sent\n"},
		{"a q alone", []string{"q"}, ""},
	} {
		t.Run(x.what, func(t *testing.T) {
			l := listen(t)
			c := join(t, l.port, "--linger", "50ms")
			conn := l.accept(t)
			for _, line := range x.lines {
				c.Send(line)
			}
			if x.lines[len(x.lines)-1] != "q" {
				c.CloseInput()
			}
			conn.hears("q")
			conn.ends() // it does not hang up itself
			o := c.Wait()
			if o.Error() != "" || o.Result["reason"] != "q" || o.Result["by"] != "us" || o.Number("sent") != 0 || o.Stderr != x.told {
				t.Errorf("got %v %s", o.Result, o.Stderr)
			}
		})
	}
}

// Nor does a server that speaks now and then keep it: the time is that of all lines.
func TestLinesThatHadTheirTurn(t *testing.T) {
	l := listen(t)
	c := join(t, l.port, "--linger", "1s")
	for _, line := range []string{"one", "two", "three"} {
		c.Send(line)
	}
	conn := l.accept(t)
	c.CloseInput()
	conn.says("hello")
	conn.hears("one")
	conn.hears("q")
	conn.ends()
	if o := c.Wait(); o.Number("sent") != 1 || o.Number("unsent") != 2 {
		t.Errorf("got %v", o.Result)
	}
}

// Others who come and go do not put off a q that waits.
func TestBusyServerSaysQInTime(t *testing.T) {
	s := serve(t, "--concurrent", "--greet", "hello", "--linger", "500ms")
	quiet := dial(t, s)
	quiet.hears("hello")
	s.Await("sent")
	s.Send("q")
	heard := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(quiet) // within the connection's deadline
		heard <- string(b)
	}()
	for {
		select {
		case got := <-heard:
			if got != "q" {
				t.Errorf("heard %q, want q", got)
			}
			return
		default:
			passing := dial(t, s)
			passing.hears("hello")
			passing.Close()
			s.Await("left")
		}
	}
}
