package scenario_test

import (
	"errors"
	"testing"
)

// TestVerbs is a table of scenarios: what the nodes say, and what is judged.
func TestVerbs(t *testing.T) {
	for _, x := range []struct {
		name, steps string
		play        scripts
		outcomes    string
		got         string
	}{
		{name: "run", steps: `
  - { on: alice, run: ping bob, expect: [received == sent, ttl == 64, rtt.max < 4ms, error == ""] }
`, play: scripts{"alice: ping bob": {say(`{"event":"reply","seq":1}`, fine)}}, outcomes: "passed"},

		{name: "run without expectations must exit with 0", steps: `
  - { on: alice, run: ping bob }
  - { on: alice, run: ping carol }
`, play: scripts{"alice: ping bob": {say(fine)}, "alice: ping carol": {fail("host unreachable")}},
			outcomes: "passed failed", got: `2: want exit == 0, got exit = 1, error = "host unreachable"`},

		{name: "a failure can be expected", steps: `
  - { on: alice, run: ping bob, expect: error == "timeout" }
  - { on: alice, run: ping bob, expect: [error == "refused", received == 0] }
`, play: scripts{"alice: ping bob": {fail("timeout")}},
			outcomes: "passed failed", got: `2: want error == "refused", got error = "timeout"`},

		{name: "all expectations are judged", steps: `
  - { on: alice, run: ping bob, expect: [ttl == 63, loss > 0, rtt.avg < 1ms, received < 5] }
`, play: scripts{"alice: ping bob": {say(fine)}}, outcomes: "failed", got: `1: want ttl == 63, got ttl = 64
1: want loss > 0, got loss = 0%
1: want rtt.avg < 1ms, got rtt.avg = 2ms
1: want received < 5, got received = 5 of 5`},

		{name: "output that is no event", steps: `
  - { on: alice, run: ping bob, expect: received == 0 }
`, play: scripts{"alice: ping bob": {say("PING bob (10.1.0.3)", fine)}}, outcomes: "failed", got: "1: want a result, got its output is not events"},

		{name: "no result", steps: `
  - { on: alice, run: ping bob, expect: received == 0 }
`, play: scripts{"alice: ping bob": {{Stderr: []string{"panic"}, Exit: 2}}}, outcomes: "failed", got: "1: want a result, got no result: exit status 2"},

		{name: "cannot be started", steps: `
  - { on: alice, run: ping bob }
`, play: scripts{"alice: ping bob": {{Error: errors.New("node is gone")}}}, outcomes: "failed", got: "1: want a result, got it could not be started: node is gone"},

		{name: "unknown end", steps: `
  - { on: alice, run: ping bob }
`, play: scripts{"alice: ping bob": {{Stdout: []string{fine}, Unknown: errors.New("stream ended")}}}, outcomes: "failed", got: "1: want a result, got it is not known how it ended: stream ended"},

		{name: "step timeout", steps: `
  - { on: alice, run: ping bob, timeout: 20ms, expect: received == 5 }
  - { on: alice, run: ping carol }
`, play: scripts{"alice: ping bob": {{Stays: true}}, "alice: ping carol": {say(fine)}}, outcomes: "failed passed", got: "1: want a result, got no result: 20ms have passed"},

		{name: "retry until it holds", steps: `
  - { on: alice, run: ping bob, retry: 20s, expect: received == 5 }
`, play: scripts{"alice: ping bob": {fail("timeout"), fail("timeout"), say(fine)}}, outcomes: "passed"},

		{name: "retry in vain", steps: `
  - { on: alice, run: ping bob, retry: 150ms }
`, play: scripts{"alice: ping bob": {fail("timeout")}}, outcomes: "failed", got: `1: want exit == 0, got exit = 1, error = "timeout"`},

		{name: "warning", steps: `
  - { on: alice, run: ping bob, level: warning, expect: ttl == 1 }
`, play: scripts{"alice: ping bob": {say(fine)}}, outcomes: "warning", got: "1: want ttl == 1, got ttl = 64"},

		{name: "exec", steps: `
  - { on: alice, exec: [uname, -s], as: kernel, expect: [exit == 0, stdout == "Linux\n", stderr contains "hm"] }
  - { on: alice, exec: ["false"] }
  - { on: bob, exec: ["false"], expect: exit == 1 and kernel.stdout != "" }
`, play: scripts{
			"alice: uname -s": {{Stdout: []string{"Linux"}, Stderr: []string{"hm"}}},
			"alice: false":    {{Exit: 1}}, "bob: false": {{Exit: 1}},
		}, outcomes: "passed failed passed", got: "2: want exit == 0, got exit = 1"},

		{name: "start, send, await, stop", steps: `
  - { start: c, on: bob, run: chat join alice }
  - { send: hello, to: c }
  - { await: c, event: event == "message" and text == "HELLO", as: answer, expect: from == "server" }
  - { await: c, event: event == "joined", expect: who == "bob" }
  - { send: again, to: c }
  - { await: c, event: text contains answer.text, within: 20s, expect: from == "server" }
  - { stop: c, expect: error == "" }
`, play: scripts{"bob: chat join alice": {{
			Stdout: []string{`{"event":"ready"}`, `{"event":"joined","who":"bob"}`}, Stays: true,
			Replies: func(string) []string { return []string{`{"event":"message","from":"server","text":"HELLO"}`} },
			Last:    []string{`{"event":"result","error":""}`},
		}}}, outcomes: "passed passed passed passed passed passed passed"},

		{name: "ready has fields", steps: `
  - { start: srv, on: bob, run: echo serve, as: up, expect: port == 7 }
  - { stop: srv, as: down, expect: served == 3 and up.port == 7 }
`, play: scripts{"bob: echo serve": {server(`{"event":"result","served":3}`)}}, outcomes: "passed passed"},

		{name: "no event fits", steps: `
  - { start: c, on: bob, run: chat join alice }
  - { await: c, event: text == "x", within: 20ms }
  - { stop: c }
  - { await: c, event: text == "x" }
`, play: scripts{"bob: chat join alice": {{Stdout: []string{`{"event":"ready"}`, `{"event":"message","text":"y"}`}, Stays: true, Last: []string{`{"event":"result"}`}}}},
			outcomes: "passed failed passed failed",
			got: `2: want an event: text == "x", got no event fits: 20ms have passed
4: want an event: text == "x", got no event fits: c has ended: exit status 0`},

		{name: "await the end", steps: `
  - { start: p, on: alice, run: ping bob }
  - { await: p, as: end, expect: received == 5 }
  - { start: q, on: alice, exec: [sleep, "9"] }
  - { await: q, within: 20ms }
  - { stop: q, expect: exit == 143 }
`, play: scripts{"alice: ping bob": {say(fine)}, "alice: sleep 9": {{Stays: true}}},
			outcomes: "passed passed passed failed passed", got: "4: want a result, got q has not ended: 20ms have passed"},

		{name: "a signal is how stop ends a program", steps: `
  - { start: q, on: alice, exec: [sleep, "9"] }
  - { stop: q }
`, play: scripts{"alice: sleep 9": {{Stays: true}}}, outcomes: "passed passed"},

		{name: "ready text", steps: `
  - { start: q, on: alice, exec: [httpd], ready: listening }
  - { start: r, on: bob, exec: [httpd], ready: listening, timeout: 20ms }
  - { start: s, on: carol, exec: [httpd], ready: listening }
`, play: scripts{
			"alice: httpd": {{Stderr: []string{"httpd: listening on 80"}, Stays: true}},
			"bob: httpd":   {{Stays: true}},
			"carol: httpd": {{Stderr: []string{"port in use"}, Exit: 1}},
		}, outcomes: "passed failed failed", got: `2: want r is ready, got not ready: 20ms have passed, and its output has no "listening"
3: want s is ready, got it ended before it was ready: exit status 1`},

		{name: "what was not started", steps: `
  - { start: c, on: bob, run: echo serve }
  - { send: hello, to: c }
  - { await: c }
  - { stop: c, as: end }
  - { wait: 1ms, expect: end.served == 0 }
`, play: scripts{"bob: echo serve": {{Error: errors.New("no memory")}}}, outcomes: "failed failed failed failed failed",
			got: `1: want c is ready, got it could not be started: no memory
2: want c takes the line, got c was not started
3: want a result, got c was not started
4: want a result, got c was not started
5: want end.served == 0, got end has no result`},

		{name: "send to one that has ended", steps: `
  - { start: c, on: bob, exec: ["true"] }
  - { await: c }
  - { send: hello, to: c }
`, play: scripts{"bob: true": {{}}}, outcomes: "passed passed failed", got: "3: want c takes the line, got c has ended: exit status 0"},

		{name: "parallel", steps: `
  - parallel:
      - { on: alice, run: ping bob, as: near }
      - { on: alice, run: ping carol, as: far, expect: ttl == 63 }
    expect: near.ttl == far.ttl
  - { wait: 1ms, expect: near.received == far.received }
`, play: scripts{"alice: ping bob": {say(fine)}, "alice: ping carol": {say(fine)}}, outcomes: "failed passed", got: "1.2: want ttl == 63, got ttl = 64"},

		{name: "a warning inside a parallel", steps: `
  - parallel:
      - { on: alice, run: ping bob }
      - { on: alice, run: ping carol, level: warning }
`, play: scripts{"alice: ping bob": {say(fine)}, "alice: ping carol": {fail("timeout")}}, outcomes: "warning", got: `1.2: want exit == 0, got exit = 1, error = "timeout"`},

		{name: "run's timeout", steps: `
  - { on: alice, run: ping bob }
  - { on: alice, run: ping carol }
timeout: 50ms
`, play: scripts{"alice: ping bob": {{Stays: true}}}, outcomes: "failed failed", got: `1: want a result, got no result: the run's timeout of 50ms passed
2: want the step is run, got not run: the run's timeout of 50ms passed`},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := perform(t, small+"steps:"+x.steps, x.play)
			if s.err != nil {
				t.Error(s.err)
			}
			if s.outcomes() != x.outcomes || s.got() != x.got {
				t.Errorf("%s\n%s\nwant %s\n%s", s.outcomes(), s.got(), x.outcomes, x.got)
			}
			judgedAgain(t, s)
		})
	}
}
