package talk_test

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/talk"
)

// screen is what a server shows to people.
type screen struct {
	t    *testing.T
	port string
	rows chan string
	keys io.Writer
}

func serveAtTerminal(t *testing.T, flags ...string) *screen {
	l := listen(t)
	l.Close() // the port is free, probably for long enough
	ctx, cancel := context.WithCancel(context.Background())
	in, keys := io.Pipe()
	out, rows := io.Pipe()
	s := &screen{t: t, port: l.port, rows: make(chan string, 1000), keys: keys}
	done := make(chan struct{})
	go func() {
		defer close(done)
		nodes.Set{talk.Program()}.Main(ctx, append([]string{"talk", "serve", "--port", s.port}, flags...), in, rows, io.Discard, true)
		rows.Close()
	}()
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.rows <- lines.Text()
		}
	}()
	t.Cleanup(func() { cancel(); <-done; in.Close() })
	s.shows("address")
	return s
}

// shows waits for a row that has the text.
func (s *screen) shows(text string) {
	s.t.Helper()
	timeout, seen := time.After(20*time.Second), []string{}
	for {
		select {
		case row := <-s.rows:
			if seen = append(seen, row); strings.Contains(row, text) {
				return
			}
		case <-timeout:
			s.t.Fatalf("no %q in %q", text, seen)
		}
	}
}

// Two clients of one host have the same name; who is meant is seen all the same.
func TestPeopleSeeWhoIsWho(t *testing.T) {
	s := serveAtTerminal(t, "--concurrent")
	a := known(t, dialPort(t, s.port))
	s.shows(" (1) waits for a word")
	b := known(t, dialPort(t, s.port))
	s.shows("your turn: ")
	b.says("hi")
	s.shows(" (2): hi")
	io.WriteString(s.keys, "one\n")
	s.shows(" (1): one")
	a.hears("one")
	io.WriteString(s.keys, "two\n")
	s.shows(" (2): two")
	b.hears("two")
}

func TestNoNumberForOneAtATime(t *testing.T) {
	s := serveAtTerminal(t)
	a := known(t, dialPort(t, s.port))
	s.shows("(client 1)")
	a.says("hi")
	for row := range s.rows {
		if strings.HasSuffix(row, ": hi") {
			if strings.Contains(row, "(1)") {
				t.Errorf("got %q", row)
			}
			return
		}
	}
}
