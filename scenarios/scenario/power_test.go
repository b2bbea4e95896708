package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netsim/scenarios/scenario"
	"netsim/topology/topotest"
)

// serving has a host with programs of its own.
const serving = `name: x
networks: { office: 10.1.0.0/24 }
hosts:
  alice: office
  bob: { networks: office, run: [echo serve, { run: chat join alice, as: talker }] }
steps:
`

func servingScripts() scripts {
	return scripts{
		"bob: echo serve":      {server(`{"event":"result","served":1}`), server(`{"event":"result","served":2}`), server(`{"event":"result","served":3}`)},
		"bob: chat join alice": {server(`{"event":"result"}`)},
		"alice: ping bob":      {say(fine)},
	}
}

// TestKill ends a node's programs: no crash of theirs, and no other node's.
func TestKill(t *testing.T) {
	play := servingScripts()
	play["alice: probe serve"] = []topotest.Script{server(`{"event":"result"}`)}
	s := performOn(t, serving+`
  - { start: other, on: alice, run: probe serve }
  - { kill: bob }
  - { on: bob, exec: [ls] }
  - { await: bob/1 }
  - { stop: other }
`, &topotest.Driver{Scripts: play})
	want := `3: want a result, got it could not be started: bob is killed
4: want a result, got no result: killed`
	if s.got() != want || s.outcomes() != "passed passed failed failed passed" {
		t.Errorf("%s\n%s", s.outcomes(), s.got())
	}
	if why := s.verdicts[2].Failures[0].Why; !slices.Contains(why, "bob was killed by step 2") {
		t.Errorf("why %q", why)
	}
	if crashed := scenario.Crashed(s.file, s.records); crashed != nil {
		t.Errorf("crashed: %q", crashed)
	}
	var killed []string
	for _, r := range s.records {
		if r.Kind == scenario.KindProcess && r.Stopped && r.Exit != nil && r.Exit.Code == 137 && r.Exit.Signal == "killed" {
			killed = append(killed, r.Name)
		}
	}
	if !slices.Equal(killed, []string{"bob/1", "talker"}) {
		t.Errorf("in the journal as killed: %q", killed)
	}
}

// TestKillBeside takes no notice of a crash while a node dies and other steps end.
func TestKillBeside(t *testing.T) {
	s := performOn(t, serving+"  - parallel: [{ kill: bob }, { wait: 20ms }]\n", &topotest.Driver{
		Scripts: servingScripts(), Broken: topotest.Broken{Lingers: map[string]<-chan struct{}{"kill bob": closedLater(t)}},
	})
	if got := scenario.Crashed(s.file, s.records); got != nil || s.outcomes() != "passed" {
		t.Errorf("%s %s, crashed %q", s.outcomes(), s.got(), got)
	}
}

// TestKillFails leaves the programs as they are: what ends later by itself is a crash again.
func TestKillFails(t *testing.T) {
	ends := make(chan struct{})
	s := openOn(t, small+"steps:\n  - { start: srv, on: bob, exec: [srv] }\n  - { kill: bob }\n  - { on: alice, run: ping bob }\n", &topotest.Driver{
		Scripts: scripts{"bob: srv": {{Stays: true, Ends: ends, Exit: 3}}, "alice: ping bob": {{Delay: 50 * time.Millisecond, Stdout: []string{fine}}}},
		Broken:  topotest.Broken{Refuses: map[string]error{"kill bob": os.ErrPermission}},
	})
	s.run(t, t.Context(), s.world, closer{at: "2", close: ends})
	if got := scenario.Crashed(s.file, s.records); !slices.Equal(got, []string{"srv on bob has ended: exit status 3"}) {
		t.Errorf("crashed %q", got)
	}
	if want := "2: want bob is killed, got permission denied"; s.got() != want {
		t.Errorf("got %s", s.got())
	}
}

// closer closes a channel when a step ends.
type closer struct {
	at    string
	close chan struct{}
}

func (closer) StepStarted(*scenario.Step) {}
func (c closer) StepEnded(s *scenario.Step, _ scenario.Verdict) {
	if s.ID == c.at {
		close(c.close)
	}
}

// TestRestart starts a host's own programs again; steps then speak of the new ones.
func TestRestart(t *testing.T) {
	s := performOn(t, serving+`
  - { kill: bob }
  - { restart: bob }
  - { on: alice, run: ping bob }
  - { restart: bob }
  - { stop: bob/1, expect: served == 3 }
`, &topotest.Driver{Scripts: servingScripts()})
	if s.outcomes() != "passed passed passed passed passed" {
		t.Errorf("%s\n%s", s.outcomes(), s.got())
	}
	up := "start bob: echo serve|start bob: chat join alice"
	want := up + "|kill bob|restart bob|" + up + "|start alice: ping bob|kill bob|restart bob|" + up
	if got := strings.Join(s.world.Acts(), "|"); got != want {
		t.Errorf("acts\n%s\nwant\n%s", got, want)
	}
	for _, name := range []string{"bob-run-1.out", "bob-run-1-restart-1.out", "bob-run-1-restart-2.out", "bob-run-2-restart-2.err"} {
		if _, err := os.Stat(filepath.Join(s.journal.Dir(), name)); err != nil {
			t.Error(err)
		}
	}
	if crashed := scenario.Crashed(s.file, s.records); crashed != nil {
		t.Errorf("crashed: %q", crashed)
	}
}

// TestRestartFails tells which of the host's programs did not come back.
func TestRestartFails(t *testing.T) {
	play := servingScripts()
	play["bob: echo serve"] = []topotest.Script{server(`{"event":"result"}`), {Stderr: []string{"echo: disk full"}, Exit: 1}}
	s := performOn(t, serving+"  - { restart: bob }\n  - { on: alice, run: ping bob }\n", &topotest.Driver{Scripts: play})
	want := "1: want bob is back, got start bob/1: bob: echo serve: it ended before it was ready: exit status 1"
	if s.got() != want {
		t.Errorf("got %s, want %s", s.got(), want)
	}
	if why := strings.Join(s.verdicts[0].Failures[0].Why, "\n"); !strings.Contains(why, "stderr: echo: disk full") {
		t.Errorf("why\n%s", why)
	}
}

// TestPause lets the node go on before its programs are to end.
func TestPause(t *testing.T) {
	for _, x := range []struct{ steps, want string }{
		{"  - { pause: bob }\n  - { resume: bob }\n", "pause bob|resume bob"},
		{"  - { pause: bob }\n", "pause bob|resume bob"},
		{"  - { pause: bob }\n  - { kill: bob }\n", "pause bob|kill bob"},
	} {
		s := performOn(t, serving+x.steps, &topotest.Driver{Scripts: servingScripts()})
		if got := strings.Join(s.world.Acts()[2:], "|"); got != x.want {
			t.Errorf("%s: acts %s, want %s", x.steps, got, x.want)
		}
		if strings.Contains(s.outcomes(), "failed") {
			t.Error(s.got())
		}
	}
	s := performOn(t, serving+"  - { pause: bob }\n  - { on: bob, run: ping alice }\n", &topotest.Driver{Scripts: servingScripts()})
	if why := strings.Join(s.verdicts[1].Failures[0].Why, "\n"); !strings.Contains(why, "bob is paused since step 1") {
		t.Errorf("why\n%s", why)
	}
}

// TestPowerInTurn does the power verbs of one node one after the other, in any order, and those of
// another beside them.
func TestPowerInTurn(t *testing.T) {
	const up, again = "start bob: echo serve|start bob: chat join alice", "|restart bob|start bob: echo serve|start bob: chat join alice"
	for _, x := range []struct {
		steps string
		want  []string
	}{
		{"{ restart: bob }, { restart: bob }", []string{up + "|kill bob" + again + "|kill bob" + again}},
		{"{ restart: bob }, { kill: bob }", []string{up + "|kill bob" + again + "|kill bob", up + "|kill bob" + again}},
		{"{ restart: bob }, { pause: bob }, { wait: 1ms }", []string{
			up + "|kill bob" + again + "|pause bob|resume bob", up + "|pause bob|kill bob" + again,
		}},
	} {
		t.Run(x.steps, func(t *testing.T) {
			play := servingScripts()
			play["bob: echo serve"] = []topotest.Script{{Delay: 10 * time.Millisecond, Stdout: []string{`{"event":"ready","port":7}`}, Stays: true}}
			s := performOn(t, serving+"  - parallel: ["+x.steps+"]\n", &topotest.Driver{
				Scripts: play, Broken: topotest.Broken{Lingers: map[string]<-chan struct{}{"kill bob": closedLater(t)}},
			})
			if got := strings.Join(s.world.Acts(), "|"); !slices.Contains(x.want, got) || s.outcomes() != "passed" {
				t.Errorf("%s %s, acts\n%s\nwant one of\n%s", s.outcomes(), s.got(), got, strings.Join(x.want, "\n"))
			}
		})
	}
}

// TestPowerInTurnTimeout waits for its turn no longer than a step may take.
func TestPowerInTurnTimeout(t *testing.T) {
	s := performOn(t, serving+"  - parallel: [{ restart: bob, timeout: 20ms }, { restart: bob, timeout: 20ms }, { kill: bob, timeout: 400ms }]\n", &topotest.Driver{
		Scripts: servingScripts(), Broken: topotest.Broken{Slow: map[string]<-chan struct{}{"kill bob": make(chan struct{})}},
	})
	for _, v := range s.verdicts[0].Steps[:2] {
		if v.Failures[0].Got != "20ms have passed" || v.Seconds > 0.3 {
			t.Errorf("after %v s: %s", v.Seconds, v.Failures[0].Got)
		}
	}
}

// TestPauseLeft resumes the nodes of a network that is left running, and stops none of its programs.
func TestPauseLeft(t *testing.T) {
	s := openOn(t, serving+"  - { pause: alice }\n  - { pause: bob }\n  - { kill: alice }\n", &topotest.Driver{Scripts: servingScripts()})
	e := scenario.Execution{File: s.file, World: s.world, Journal: s.journal, Leave: true}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(s.world.Acts()[2:], "|"), "pause alice|pause bob|kill alice|resume bob"; got != want {
		t.Errorf("acts %s, want %s", got, want)
	}
	for _, p := range s.world.Processes() {
		if p.Stopped() {
			t.Errorf("%s was stopped", p.Call)
		}
	}
	if err := errors.Join(s.world.Close(), s.journal.Close()); err != nil {
		t.Error(err)
	}
	e.Wait()
}
