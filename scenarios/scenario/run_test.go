package scenario_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"netsim/scenarios/scenario"
	"netsim/topology"
	"netsim/topology/topotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripts is what the nodes of a test say.
type scripts map[string][]topotest.Script

// say is a program that writes events and ends well.
func say(lines ...string) topotest.Script { return topotest.Script{Stdout: lines} }

// fail is a program that says what went wrong.
func fail(word string, lines ...string) topotest.Script {
	return topotest.Script{
		Stdout: append(lines, `{"event":"result","sent":1,"error":"`+word+`"}`),
		Stderr: []string{"ping: " + word}, Exit: 1,
	}
}

// server is a program that is ready, and says how it went when it is stopped.
func server(result string) topotest.Script {
	return topotest.Script{Stdout: []string{`{"event":"ready","port":7}`}, Stays: true, Last: []string{result}}
}

// stage is one run of a scenario on a world that plays scripts.
type stage struct {
	file     *scenario.File
	world    *topotest.World
	journal  *scenario.Journal
	records  []scenario.Record
	verdicts scenario.Verdicts
	err      error
}

func perform(t *testing.T, text string, play scripts) *stage {
	t.Helper()
	return performUntil(t, t.Context(), text, play, nil)
}

func performUntil(t *testing.T, ctx context.Context, text string, play scripts, o scenario.Observer) *stage {
	t.Helper()
	s := open(t, text, play)
	s.run(t, ctx, s.world, o)
	return s
}

// performOn is perform with all that a driver can play.
func performOn(t *testing.T, text string, driver *topotest.Driver) *stage {
	t.Helper()
	s := openOn(t, text, driver)
	s.run(t, t.Context(), s.world, nil)
	judgedAgain(t, s)
	return s
}

// run runs the scenario on a world and judges it.
func (s *stage) run(t *testing.T, ctx context.Context, world topology.World, o scenario.Observer) {
	t.Helper()
	s.err = scenario.Run(ctx, s.file, world, s.journal, o)
	if err := errors.Join(s.world.Close(), s.journal.Close()); err != nil {
		t.Error(err)
	}
	s.records = s.journal.Records()
	s.verdicts = scenario.Judge(s.file, s.records)
}

func open(t *testing.T, text string, play scripts) *stage {
	t.Helper()
	return openOn(t, text, &topotest.Driver{Scripts: play})
}

func openOn(t *testing.T, text string, driver *topotest.Driver) *stage {
	t.Helper()
	file := parse(t, text)
	world, err := driver.Up(t.Context(), topology.Run{ID: "x", Plan: file.Plan})
	if err != nil {
		t.Fatal(err)
	}
	journal, err := scenario.NewJournal(filepath.Join(t.TempDir(), "run"), file, scenario.Heading{Run: "x", Driver: "topotest", Started: time.Unix(0, 0).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	return &stage{file: file, world: world.(*topotest.World), journal: journal}
}

// outcomes are the steps' outcomes: "passed passed failed".
func (s *stage) outcomes() string {
	var all []string
	for _, v := range s.verdicts {
		all = append(all, string(v.Outcome))
	}
	return strings.Join(all, " ")
}

// got are what the failures say, one line each.
func (s *stage) got() string {
	var all []string
	var walk func(scenario.Verdicts)
	walk = func(vs scenario.Verdicts) {
		for _, v := range vs {
			for _, f := range v.Failures {
				all = append(all, v.Step+": want "+f.Want+", got "+f.Got)
			}
			walk(v.Steps)
		}
	}
	walk(s.verdicts)
	return strings.Join(all, "\n")
}

const fine = `{"event":"result","sent":5,"received":5,"lost":0,"loss":0,"ttl":64,"rtt":{"min":0.001,"avg":0.002,"max":0.003},"from":["10.1.0.3"],"error":""}`

// judgedAgain reads the run from the disk and judges it: with the same verdicts.
func judgedAgain(t *testing.T, s *stage) {
	t.Helper()
	file, records, err := scenario.ReadRun(s.journal.Dir(), programs())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(t, s.verdicts), asJSON(t, scenario.Judge(file, records))); diff != "" {
		t.Errorf("judged from the disk (-first +again):\n%s", diff)
	}
}

func asJSON(t *testing.T, v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCommands is what the world is asked to do.
func TestCommands(t *testing.T) {
	s := perform(t, small+`steps:
  - { on: alice, run: "echo udp bob 'two words'", env: { LANG: C, EMPTY: "" } }
  - { on: bob, exec: [cat, "-"], stdin: "one\ntwo", expect: stdout == "" }
`, scripts{
		"alice: echo udp bob two words": {say(`{"event":"result","reply":"two words"}`)},
		"bob: cat -":                    {{Reads: true}},
	})
	want := []topotest.Call{
		{Node: "alice", Command: topology.Command{Program: true, Args: []string{"echo", "udp", "bob", "two words"}, Env: []string{"LANG=C", "EMPTY="}}},
		{Node: "bob", Command: topology.Command{Args: []string{"cat", "-"}}},
	}
	if diff := cmp.Diff(want, s.world.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if got := s.world.Processes()[1].Input(); got != "one\ntwo" {
		t.Errorf("input %q", got)
	}
	if s.outcomes() != "passed passed" {
		t.Error(s.got())
	}
}

// TestSetup starts the hosts' own programs in order, and stops them at the end.
func TestSetup(t *testing.T) {
	const text = `name: x
networks: { office: 10.1.0.0/24 }
hosts:
  alice: office
  bob: { networks: office, run: [echo serve, { run: chat join alice, as: talker }] }
steps:
  - { on: alice, run: ping bob }
  - { stop: bob/1, expect: served == 2 }
`
	s := perform(t, text, scripts{
		"bob: echo serve":      {server(`{"event":"result","served":2}`)},
		"bob: chat join alice": {server(`{"event":"result"}`)},
		"alice: ping bob":      {say(fine)},
	})
	var calls []string
	for _, c := range s.world.Calls() {
		calls = append(calls, c.String())
	}
	if want := []string{"bob: echo serve", "bob: chat join alice", "alice: ping bob"}; !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	if s.outcomes() != "passed passed" {
		t.Errorf("%s\n%s", s.outcomes(), s.got())
	}
	last := s.records[len(s.records)-2]
	if last.Kind != scenario.KindProcess || last.Name != "talker" || !last.Stopped || last.Exit.Code != 0 {
		t.Errorf("the program that still ran at the end: %+v", last)
	}

	s = perform(t, text, scripts{"bob: echo serve": {{Stderr: []string{"echo: address in use"}, Exit: 1}}})
	want := `bob/1: want bob/1 is ready, got it ended before it was ready: exit status 1
1: want the step is run, got not run: start bob/1: bob: echo serve is not running
2: want the step is run, got not run: start bob/1: bob: echo serve is not running`
	if s.got() != want {
		t.Errorf("got\n%s\nwant\n%s", s.got(), want)
	}
	judgedAgain(t, s)
}

// TestImage starts a host's own image before its other programs, under a name of its own.
func TestImage(t *testing.T) {
	s := perform(t, `name: x
networks: { office: 10.1.0.0/24 }
hosts:
  web: { networks: office, image: nginx:1.27, run: [echo serve], count: 2 }
  db: { networks: office, image: postgres, command: [postgres, -c, fsync=off] }
steps:
  - { stop: web-2/image, expect: stdout == "up\n" }
  - { await: db/image, expect: [exit == 3, stderr contains "full"] }
`, scripts{
		"web-1: nginx:1.27":                  {{Stays: true}},
		"web-2: nginx:1.27":                  {{Stdout: []string{"up"}, Stays: true}},
		"web-1: echo serve":                  {server(`{"event":"result"}`)},
		"web-2: echo serve":                  {server(`{"event":"result"}`)},
		"db: postgres postgres -c fsync=off": {{Stderr: []string{"disk full"}, Exit: 3}},
	})
	var calls []string
	for _, c := range s.world.Calls() {
		calls = append(calls, c.String())
		if image := !strings.Contains(c.String(), "echo"); c.Command.Image != image || c.Command.Program == image {
			t.Errorf("%+v", c)
		}
	}
	want := []string{"web-1: nginx:1.27", "web-1: echo serve", "web-2: nginx:1.27", "web-2: echo serve", "db: postgres postgres -c fsync=off"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	if s.outcomes() != "passed passed" {
		t.Errorf("%s\n%s", s.outcomes(), s.got())
	}
	if n := s.file.Plan.WithImage(); n == nil || n.Name != "web-1" || n.Image != "nginx:1.27" {
		t.Errorf("%+v", n)
	}
	judgedAgain(t, s)
}

// TestCrashed tells of a background program that has ended, where it may be the cause, and in the end.
func TestCrashed(t *testing.T) {
	s := perform(t, `name: x
networks: { office: 10.1.0.0/24 }
hosts: { alice: office, bob: office }
steps:
  - { start: server, on: bob, exec: [python3, server.py], ready: listening }
  - { on: alice, run: ping bob }
`, scripts{
		"bob: python3 server.py": {{Stdout: []string{"listening"}, Stderr: []string{"Traceback:", "  TypeError"}, Exit: 1}},
		"alice: ping bob":        {{Delay: 50 * time.Millisecond, Stdout: []string{`{"event":"result","error":"timeout"}`}, Exit: 1}},
	})
	why := strings.Join(s.verdicts[1].Failures[0].Why, "\n")
	for _, want := range []string{"server on bob has ended: exit status 1", "server, stderr: Traceback:", "server, stderr:   TypeError"} {
		if !strings.Contains(why, want) {
			t.Errorf("no %q in\n%s", want, why)
		}
	}
	if got := scenario.Crashed(s.file, s.records); len(got) != 1 || got[0] != "server on bob has ended: exit status 1" {
		t.Errorf("%q", got)
	}
	judgedAgain(t, s)
}

// TestExecShowsItsOutput shows what a program said that did not work.
func TestExecShowsItsOutput(t *testing.T) {
	s := perform(t, small+`steps:
  - { on: alice, exec: ["false"] }
`, scripts{"alice: false": {{Exit: 1, Stdout: []string{"expected 5, got 6"}}}})
	if why := s.verdicts[0].Failures[0].Why; !slices.Equal(why, []string{"stdout: expected 5, got 6"}) {
		t.Errorf("%q", why)
	}
}

// TestNoSteps leaves the hosts' programs running until the world is closed.
func TestNoSteps(t *testing.T) {
	s := open(t, `name: x
networks: { office: 10.1.0.0/24 }
hosts: { bob: { networks: office, run: echo serve } }
`, scripts{"bob: echo serve": {server(`{"event":"result"}`)}})
	e := scenario.Execution{File: s.file, World: s.world, Journal: s.journal, Leave: true}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := s.world.Processes(); len(p) != 1 || p[0].Stopped() {
		t.Errorf("%d processes, want one that runs", len(p))
	}
	if err := s.world.Close(); err != nil {
		t.Error(err)
	}
	e.Wait()
	if err := s.journal.Close(); err != nil {
		t.Error(err)
	}
}

// watcher cancels when a step begins, and writes down what it is told.
type watcher struct {
	mu     sync.Mutex
	told   []string
	cancel context.CancelFunc
	at     string
}

func (w *watcher) StepStarted(s *scenario.Step) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, "start "+s.ID)
	if s.ID == w.at {
		w.cancel()
	}
}

func (w *watcher) StepEnded(s *scenario.Step, v scenario.Verdict) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, "end "+v.Step+" "+string(v.Outcome))
}

// TestInterrupted cancels when a step begins: Run returns, and everything that it started has
// been stopped.
func TestInterrupted(t *testing.T) {
	const text = small + `steps:
  - { start: srv, on: bob, run: echo serve }
  - { on: alice, run: ping bob }
  - parallel: [{ on: alice, run: ping carol }, { wait: 1m }]
`
	stays := topotest.Script{Stays: true}
	for _, at := range []string{"1", "2", "3"} {
		t.Run(at, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := &watcher{cancel: cancel, at: at}
			s := performUntil(t, ctx, text, scripts{
				"bob: echo serve": {server(`{"event":"result"}`)}, "alice: ping bob": {say(fine)}, "alice: ping carol": {stays},
			}, w)
			if !errors.Is(s.err, context.Canceled) {
				t.Errorf("error %v", s.err)
			}
			for _, p := range s.world.Processes() {
				if !p.Stopped() && p.Call.String() != "alice: ping bob" {
					t.Errorf("%s was not stopped", p.Call)
				}
			}
			if s.verdicts.Hold() || !strings.Contains(s.got(), "interrupted") {
				t.Errorf("got %s", s.got())
			}
		})
	}
}

// TestInterruptedLate cancels while a step goes on.
func TestInterruptedLate(t *testing.T) {
	for step, text := range map[string]string{
		"wait":     "steps:\n  - { wait: 1m }\n",
		"parallel": "steps:\n  - parallel: [{ on: alice, run: ping carol }, { wait: 1m }]\n",
		"await":    "steps:\n  - { start: srv, on: bob, run: echo serve }\n  - { await: srv, event: event == \"never\", within: 1m }\n",
		"retry":    "steps:\n  - { on: alice, run: ping bob, retry: 1m }\n",
	} {
		t.Run(step, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := open(t, small+text, scripts{
				"bob: echo serve": {server(`{"event":"result"}`)}, "alice: ping carol": {{Stays: true}}, "alice: ping bob": {fail("timeout")},
			})
			ended := make(chan error, 1)
			go func() { ended <- scenario.Run(ctx, s.file, s.world, s.journal, nil) }()
			for len(s.world.Calls()) == 0 && step != "wait" {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if err := errors.Join(s.world.Close(), s.journal.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestObserver(t *testing.T) {
	w := &watcher{}
	performUntil(t, t.Context(), small+`steps:
  - { start: srv, on: bob, run: echo serve }
  - parallel: [{ on: alice, run: ping bob }, { on: alice, run: ping carol }]
`, scripts{"bob: echo serve": {server(`{"event":"result"}`)}, "alice: ping bob": {say(fine)}, "alice: ping carol": {fail("timeout")}}, w)
	want := "start 1|end 1 passed|start 2|end 2 failed"
	if got := strings.Join(w.told, "|"); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

// TestFolder is what a run leaves on the disk.
func TestFolder(t *testing.T) {
	s := perform(t, small+`steps:
  - { start: srv, on: bob, run: echo serve }
  - { on: alice, run: ping bob, retry: 20s, expect: received == 5 }
  - parallel: [{ on: carol, exec: [uname] }]
`, scripts{
		"bob: echo serve": {server(`{"event":"result"}`)}, "alice: ping bob": {fail("timeout"), say(fine)}, "carol: uname": {say("Linux")},
	})
	entries, err := os.ReadDir(s.journal.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := "alice-2-attempt-2.err alice-2-attempt-2.out alice-2.err alice-2.out bob-1.err bob-1.out carol-3-1.err carol-3-1.out journal.jsonl plan.json scenario.yaml"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("files\n%s\nwant\n%s", got, want)
	}
	out, err := os.ReadFile(filepath.Join(s.journal.Dir(), "alice-2-attempt-2.out"))
	if err != nil || string(out) != fine+"\n" {
		t.Errorf("output %q, %v", out, err)
	}
	if v := s.verdicts[1]; v.Attempts != 2 || !slices.Equal(v.Files, []string{"alice-2-attempt-2.out", "alice-2-attempt-2.err"}) {
		t.Errorf("verdict %+v", v)
	}
}

// TestKilled reads a journal of which the last line was not written to its end.
func TestKilled(t *testing.T) {
	s := perform(t, small+"steps:\n  - { on: alice, run: ping bob }\n  - { wait: 1ms }\n", scripts{"alice: ping bob": {say(fine)}})
	path := filepath.Join(s.journal.Dir(), "journal.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if err := os.WriteFile(path, []byte(lines[0]+lines[1]+lines[2][:20]), 0o644); err != nil {
		t.Fatal(err)
	}
	file, records, err := scenario.ReadRun(s.journal.Dir(), programs())
	if err != nil {
		t.Fatal(err)
	}
	s.verdicts = scenario.Judge(file, records)
	if want := "2: want the step is run, got not run: the run ended before it"; s.got() != want {
		t.Errorf("got %s, want %s", s.got(), want)
	}
	if err := os.WriteFile(path, []byte(lines[0]+"{broken\n"+lines[2]), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := scenario.ReadRun(s.journal.Dir(), programs()); err == nil || !strings.Contains(err.Error(), "journal.jsonl:2: not a record") {
		t.Errorf("error %v", err)
	}
}

// TestJournalOnce refuses to write into the folder of another run.
func TestJournalOnce(t *testing.T) {
	s := perform(t, small, nil)
	if _, err := scenario.NewJournal(s.journal.Dir(), s.file, scenario.Heading{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("error %v", err)
	}
}

// TestToldBy names the node that sent the error message.
func TestToldBy(t *testing.T) {
	s := perform(t, small+"steps:\n  - { on: alice, run: ping carol }\n", scripts{"alice: ping carol": {{
		Stdout: []string{`{"event":"result","error":"network unreachable","unreachable_from":"10.1.0.1"}`}, Exit: 1,
	}}})
	want := []string{"alice -> carol: alice, gw, carol: one router", "it was told so by gw (10.1.0.1)"}
	if got := s.verdicts[0].Failures[0].Why; !slices.Equal(got, want) {
		t.Errorf("why %q, want %q", got, want)
	}
}
