package scenarios_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"netsim/topology"
	"netsim/topology/topotest"
)

// Nodes are switched off and on alike over every driver.
//
//	alice, bob ── office 10.1.0.0/24 ── gw ── workshop 10.2.0.0/24 ── carol
func TestPowerOverEveryDriver(t *testing.T) {
	overDrivers(t, func(t *testing.T, d topology.Driver) {
		plan, err := topology.Resolve(topotest.Routed())
		if err != nil {
			t.Fatal(err)
		}
		world, err := d.Up(t.Context(), topology.Run{ID: "power-" + d.Name(), Plan: plan, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := world.Close(); err != nil {
				t.Error(err)
			}
		})
		w := outlet{t, world}
		w.killed()
		w.restarted()
		w.routerRestarted()
		w.paused()
		w.turn("alice", topology.PowerPause) // a network goes down also with a node that is paused,
		w.turn("carol", topology.PowerKill)  // or off
	})
}

// outlet is a world whose nodes are switched.
type outlet struct {
	*testing.T
	world topology.World
}

// killed has bob vanish in the middle of a transfer: nobody is told.
func (w outlet) killed() {
	w.say("bob", "make", "notes", "--size", "3B")
	w.start("alice", "probe", "serve")
	server := w.start("bob", "echo", "serve")
	transfer := w.start("bob", "probe", "tcp", "alice", "--bytes", "1TB")
	w.await("bob's connection at alice", func() bool { return strings.Contains(w.sockets("alice"), "10.1.0.3") })
	w.turn("bob", topology.PowerKill)
	for _, p := range []topology.Process{server, transfer} {
		if exit, err := p.Wait(); err != nil || exit != (topology.ExitStatus{Code: 137, Signal: "killed"}) {
			w.Errorf("a program of bob's ends with %+v %v", exit, err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	for line := range strings.Lines(w.sockets("alice")) {
		if strings.Contains(line, "10.1.0.3") && !strings.Contains(line, "established") {
			w.Errorf("alice was told of bob's end: %s", line)
		}
	}
	if !strings.Contains(w.sockets("alice"), "10.1.0.3") {
		w.Error("alice was told of bob's end: no connection is left")
	}
	if got := w.say("alice", "ping", "bob", "--count", "2"); !strings.Contains(got, `"received":0`) {
		w.Errorf("bob is off and answers: %s", got)
	}
	w.refused("bob", "bob is switched off (kill); restart: bob brings it back")
}

// restarted has bob back as he was, but for what ran.
func (w outlet) restarted() {
	w.turn("bob", topology.PowerRestart)
	for _, host := range []string{"alice", "carol"} {
		if got := w.say("bob", "ping", host, "--count", "2"); !strings.Contains(got, `"received":2`) {
			w.Errorf("bob pings %s: %s", host, got)
		}
	}
	if got := w.say("alice", "echo", "tcp", "bob", "hi"); !strings.Contains(got, `"error":"refused"`) {
		w.Errorf("bob's server: %s", got)
	}
	if got := w.say("bob", "hash", "notes"); !strings.Contains(got, `"bytes":3`) {
		w.Errorf("bob's file: %s", got)
	}
	if got := w.sockets("bob"); got != "" {
		w.Errorf("bob has sockets: %s", got)
	}
}

// routerRestarted has the way between two networks gone, and back.
func (w outlet) routerRestarted() {
	w.turn("gw", topology.PowerKill)
	if got := w.say("alice", "ping", "carol", "--count", "1"); !strings.Contains(got, `"received":0`) {
		w.Errorf("gw is off and routes: %s", got)
	}
	for range 2 { // the second time it is on
		w.turn("gw", topology.PowerRestart)
		if got := w.say("alice", "ping", "carol", "--count", "2"); !strings.Contains(got, `"ttl":63`) || !strings.Contains(got, `"received":2`) {
			w.Errorf("gw is back and does not route: %s", got)
		}
	}
}

// paused has bob's server stand still while his kernel answers.
func (w outlet) paused() {
	w.start("bob", "echo", "serve")
	w.turn("bob", topology.PowerPause)
	if got := w.say("alice", "ping", "bob", "--count", "2"); !strings.Contains(got, `"received":2`) {
		w.Errorf("bob is paused, his kernel is not: %s", got)
	}
	if got := w.say("alice", "echo", "udp", "bob", "hi", "--timeout", "500ms"); !strings.Contains(got, `"error":"timeout"`) {
		w.Errorf("bob is paused and answers: %s", got)
	}
	w.refused("bob", "bob is paused; resume: bob lets it go on")
	w.turn("bob", topology.PowerResume)
	if got := w.say("alice", "echo", "udp", "bob", "hi"); !strings.Contains(got, `"reply":"hi"`) {
		w.Errorf("bob goes on and does not answer: %s", got)
	}
	sleeper := w.start("bob", "echo", "serve", "--port", "8")
	w.turn("bob", topology.PowerPause)
	w.turn("bob", topology.PowerKill)
	if exit, err := sleeper.Wait(); err != nil || exit.Code != 137 {
		w.Errorf("killed while paused: %+v %v", exit, err)
	}
}

func (w outlet) turn(node string, p topology.Power) {
	w.Helper()
	if err := w.world.(topology.Powered).Power(w.Context(), node, p); err != nil {
		w.Fatalf("%s %s: %v", p, node, err)
	}
}

func (w outlet) refused(node, want string) {
	w.Helper()
	_, err := w.world.Start(w.Context(), node, topology.Command{Program: true, Args: []string{"ping", "alice"}})
	if err == nil || err.Error() != want {
		w.Errorf("got %v, want %s", err, want)
	}
}

// start starts a program, and waits until it is ready where it is a server.
func (w outlet) start(node string, args ...string) topology.Process {
	w.Helper()
	p, err := w.world.Start(w.Context(), node, topology.Command{Program: true, Args: args})
	if err != nil {
		w.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, p.Stderr()) }()
	ready := make(chan struct{})
	var once sync.Once
	go func() {
		for d := json.NewDecoder(p.Stdout()); ; once.Do(func() { close(ready) }) {
			var event map[string]any
			if d.Decode(&event) != nil {
				return
			}
		}
	}()
	if args[1] == "serve" {
		select {
		case <-ready:
		case <-time.After(10 * time.Second):
			w.Fatalf("%s: %v is not ready", node, args)
		}
	}
	return p
}

// say runs a program to its end and returns what it writes.
func (w outlet) say(node string, args ...string) string {
	w.Helper()
	p, err := w.world.Start(w.Context(), node, topology.Command{Program: true, Args: args})
	if err != nil {
		w.Fatal(err)
	}
	p.Stdin().Close()
	go func() { _, _ = io.Copy(io.Discard, p.Stderr()) }()
	out, _ := io.ReadAll(p.Stdout())
	if _, err := p.Wait(); err != nil {
		w.Fatal(err)
	}
	return string(out)
}

// sockets are those of TCP that are connected: local, remote and state.
func (w outlet) sockets(node string) string {
	var got struct {
		Sockets []struct{ Protocol, Local, Remote, State string }
	}
	lines := strings.Split(strings.TrimSpace(w.say(node, "show", "sockets")), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		w.Fatal(err)
	}
	var b strings.Builder
	for _, s := range got.Sockets {
		if s.Protocol == "tcp" && s.State != "listen" {
			fmt.Fprintln(&b, s.Local, s.Remote, s.State)
		}
	}
	return b.String()
}

func (w outlet) await(what string, there func() bool) {
	w.Helper()
	for range 200 {
		if there() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.Fatal("there is no ", what)
}
