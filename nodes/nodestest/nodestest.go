// Package nodestest runs node programs inside a test, through the same Main as the
// command line, and holds what they emit against their tables: every event must be
// declared, with exactly its fields in their order, and the last one must be the only result.
//
//	server := nodestest.Start(t, echo.Program(), "echo", "serve", "--port", "0")
//	got := nodestest.Run(t, echo.Program(), "echo", "udp", "127.0.0.1", "hi", "--port", server.Text("port"))
//	if got.Status != nodes.Worked { … }
package nodestest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"netsim/nodes"
)

// Event is one event as JSON has it: numbers are float64.
type Event map[string]any

// Outcome is what a run said and how it ended.
type Outcome struct {
	Status int
	Events []Event // all of them, the result last
	Result Event   // nil when the command line was wrong
	Stderr string
}

// Error is the word of the result.
func (o Outcome) Error() nodes.Word {
	word, _ := o.Result[nodes.ErrorField].(string)
	return nodes.Word(word)
}

// Number is a field of the result, by its path of names.
func (o Outcome) Number(path ...string) float64 {
	var v any = map[string]any(o.Result)
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	n, _ := v.(float64)
	return n
}

// Run runs a command line to its end.
func Run(t testing.TB, p *nodes.Program, line ...string) Outcome {
	t.Helper()
	return RunInput(t, p, "", line...)
}

// RunInput is Run with something on standard input.
func RunInput(t testing.TB, p *nodes.Program, stdin string, line ...string) Outcome {
	t.Helper()
	var stdout bytes.Buffer
	var stderr log
	status := nodes.Set{p}.Main(t.Context(), line, strings.NewReader(stdin), &stdout, &stderr, false)
	return outcome(t, p, line, status, stdout.String(), stderr.String())
}

func outcome(t testing.TB, p *nodes.Program, line []string, status int, stdout, stderr string) Outcome {
	t.Helper()
	o := Outcome{Status: status, Stderr: stderr}
	call, err := nodes.Set{p}.Find(line)
	if err != nil {
		if stdout != "" || status != nodes.Misused {
			t.Fatalf("%q is wrong usage, but: status %d, output %q", line, status, stdout)
		}
		return o
	}
	for text := range strings.Lines(stdout) {
		e, err := checkLine(call.Form, text)
		if err != nil {
			t.Fatalf("%q wrote %v", line, err)
		}
		o.Events = append(o.Events, e)
	}
	if err := checkOrder(call.Form, o.Events); err != nil {
		t.Fatalf("%q: %v\n%s", line, err, stderr)
	}
	o.Result = o.Events[len(o.Events)-1]
	if (status == nodes.Worked) != (o.Error() == "") {
		t.Fatalf("%q: exit status %d with error %q", line, status, o.Error())
	}
	return o
}

// checkLine holds one line against the form's tables, names and order.
func checkLine(f *nodes.Form, line string) (Event, error) {
	var e Event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		return nil, fmt.Errorf("what is not JSON: %q", line)
	}
	name, _ := e["event"].(string)
	fields, ok := f.FieldsOf(name)
	if !ok {
		return nil, fmt.Errorf("an undeclared event: %q", line)
	}
	var want []string
	for _, x := range append([]nodes.Field{{Name: "event"}, {Name: "time"}}, fields...) {
		want = append(want, x.Name)
	}
	got, err := keys(line)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		return nil, fmt.Errorf("fields %v, declared are %v: %q", got, want, line)
	}
	return e, nil
}

// keys are the names in a JSON object, in its order.
func keys(object string) ([]string, error) {
	dec := json.NewDecoder(strings.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	var names []string
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		names = append(names, fmt.Sprint(name))
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func checkOrder(f *nodes.Form, events []Event) error {
	if len(events) == 0 {
		return fmt.Errorf("no events")
	}
	for i, e := range events {
		last := i == len(events)-1
		if (e["event"] == "result") != last {
			return fmt.Errorf("the result is not the last event, and only that: event %d is %v", i, e["event"])
		}
		if e["event"] == "ready" && i > 0 {
			return fmt.Errorf("ready is event %d, not the first", i)
		}
	}
	return nil
}

// Server is a server form running in the background.
type Server struct {
	Ready Event

	t      testing.TB
	p      *nodes.Program
	line   []string
	cancel context.CancelFunc
	done   chan int
	lines  chan string
	mu     sync.Mutex
	stdout bytes.Buffer
	stderr log
	ended  *Outcome
	input  *io.PipeWriter
}

// log is standard error, which any goroutine of a program writes to.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// patience bounds every wait in tests; nothing is judged by it.
const patience = 20 * time.Second

// Start starts a server form and returns once it is ready. It is stopped at the end of the
// test at the latest.
func Start(t testing.TB, p *nodes.Program, line ...string) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{t: t, p: p, line: line, cancel: cancel, done: make(chan int, 1), lines: make(chan string, 10_000)}
	r, w := io.Pipe()
	stdin, input := io.Pipe()
	s.input = input
	go func() {
		s.done <- nodes.Set{p}.Main(ctx, line, stdin, w, &s.stderr, false)
		stdin.Close() // who still sends is told
		w.Close()
	}()
	go s.read(r)
	t.Cleanup(func() { s.Stop() })
	s.Ready = s.Await("ready")
	return s
}

func (s *Server) read(r io.Reader) {
	defer close(s.lines)
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		s.stdout.WriteString(line)
		s.mu.Unlock()
		s.lines <- line
	}
}

// Text is a field of the ready event as one would type it.
func (s *Server) Text(field string) string {
	return fmt.Sprint(s.Ready[field])
}

// Await returns the next event of that name, passing over others.
func (s *Server) Await(event string) Event {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("%q ended without event %s: %s", s.line, event, s.Stop().Stderr)
			}
			var e Event
			if json.Unmarshal([]byte(line), &e) == nil && e["event"] == event {
				return e
			}
		case <-timeout:
			s.t.Fatalf("%q: no event %s", s.line, event)
		}
	}
}

// Send types a line.
func (s *Server) Send(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.input, line+"\n"); err != nil {
		s.t.Errorf("%q does not take %q: %v", s.line, line, err)
	}
}

// CloseInput ends standard input, as Ctrl-D does.
func (s *Server) CloseInput() { s.input.Close() }

// Wait returns what the program said once it has ended by itself.
func (s *Server) Wait() Outcome {
	s.t.Helper()
	return s.end()
}

// Stop ends the server as SIGTERM would, and returns what it said.
func (s *Server) Stop() Outcome {
	s.t.Helper()
	s.cancel()
	return s.end()
}

func (s *Server) end() Outcome {
	s.t.Helper()
	if s.ended != nil {
		return *s.ended
	}
	select {
	case status := <-s.done:
		s.input.Close()
		for range s.lines { // until the reader has seen everything
		}
		s.mu.Lock()
		stdout := s.stdout.String()
		s.mu.Unlock()
		s.ended = &Outcome{Status: status, Stderr: s.stderr.String()}
		*s.ended = outcome(s.t, s.p, s.line, status, stdout, s.stderr.String())
	case <-time.After(patience):
		s.t.Fatalf("%q does not stop", s.line)
	}
	return *s.ended
}
