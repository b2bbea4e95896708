package nodes_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; with -update it is written anew. Got:\n%s", file, got)
	}
}

// call runs a command line and returns exit status and output.
func call(t *testing.T, people bool, line string) (status int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	status = demo().Main(t.Context(), strings.Fields(line), strings.NewReader(""), &out, &log, people)
	return status, out.String(), log.String()
}

func TestHelp(t *testing.T) {
	golden(t, "help.txt", demo().Help())
	golden(t, "help-mail.txt", demo().Program("mail").Help())
	golden(t, "reference.md", demo().Reference())
	for line, want := range map[string]string{
		"help": demo().Help(), "--help": demo().Help(), "-h": demo().Help(),
		"help mail": demo().Program("mail").Help(), "mail --help": demo().Program("mail").Help(),
		"mail send now -h": demo().Program("mail").Help(), "help --help": demo().Help(),
	} {
		if status, out, log := call(t, false, line); status != nodes.Worked || out != want || log != "" {
			t.Errorf("%s: %d, %q, %q", line, status, out, log)
		}
	}
	if status, out, log := call(t, false, "help mial"); status != nodes.Misused || out != "" || log != "unknown program \"mial\"\n  did you mean mail? valid: knock, mail, fall\n" {
		t.Errorf("help mial: %d, %q, %q", status, out, log)
	}
}

func TestPeople(t *testing.T) {
	_, out, _ := call(t, true, "knock bob")
	golden(t, "people.txt", out)
}

// Every way to fail has its exit status, and its word in the result, beside what the
// program handed over.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		line   string
		status int
		word   nodes.Word
		says   string
	}{
		{"fall named", nodes.NotDone, nodes.Corrupted, "fall: corrupted: byte 7\n"},
		{"fall wrapped", nodes.NotDone, nodes.Refused, "fall: refused: no\n"},
		{"fall system", nodes.NotDone, nodes.NotFound, "fall: not found: open x: file does not exist\n"},
		{"fall", nodes.NotDone, nodes.Failed, "fall: failed: just so\n"},
		{"fall usage", nodes.Misused, nodes.Failed, "not like that\n  like this\n"},
	} {
		o := nodestest.Run(t, demo().Program("fall"), strings.Fields(c.line)...)
		if o.Status != c.status || o.Error() != c.word || o.Number("depth") != 3 || o.Stderr != c.says {
			t.Errorf("%s: %d %v %q", c.line, o.Status, o.Result, o.Stderr)
		}
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	s := nodestest.Start(t, demo().Program("mail"), "mail", "serve")
	if s.Ready["port"] != 25.0 {
		t.Errorf("ready %v", s.Ready)
	}
	s.Await("letter")
	if o := s.Stop(); o.Status != nodes.Worked || o.Number("letters") != 1 {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
}

func emitter(w *bytes.Buffer) *nodes.Emitter {
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.FixedZone("", 3600))
	return &nodes.Emitter{Out: w, Now: func() time.Time { return at }}
}

func TestEmitter(t *testing.T) {
	var out bytes.Buffer
	e := emitter(&out)
	form := knock()
	e.Emit("ready", nil, nil)
	e.Emit("result", form.ResultFields(), knocked(5))
	e.Emit("result", form.ResultFields(), nil)
	e.Emit("odd", form.Result, nodes.Values{"sent": uint8(3), "loss": 1 / zero(), "b": 1, "a": []int{}, "who": nodes.Refused, "rtt": "no object"})
	golden(t, "events.jsonl", out.String())
}

func zero() float64 { return 0 }

// Lines of many goroutines never mix: each is one Write.
func TestEmitterIsConcurrent(t *testing.T) {
	var out bytes.Buffer
	e := emitter(&out)
	form := knock()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 50 {
				e.Emit("result", form.ResultFields(), knocked(5))
			}
		})
	}
	wg.Wait()
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 1001 {
		t.Fatalf("%d lines", len(lines)-1)
	}
	for _, line := range lines[:1000] {
		if line != lines[0] {
			t.Fatalf("a mixed line: %s", line)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// A program whose result nobody can read did not work.
func TestOutputThatCannotBeWritten(t *testing.T) {
	var log bytes.Buffer
	status := demo().Main(context.Background(), []string{"knock", "bob"}, nil, brokenPipe{}, &log, false)
	if status != nodes.NotDone || log.String() != "knock: failed: broken pipe\n" {
		t.Errorf("status %d, %q", status, log.String())
	}
}

func TestWordsAreWords(t *testing.T) {
	seen := map[nodes.Word]bool{}
	for _, w := range nodes.Words() {
		if seen[w] || !regexp.MustCompile(`^[a-z]+( [a-z]+)*$`).MatchString(string(w)) {
			t.Errorf("word %q", w)
		}
		seen[w] = true
	}
}
