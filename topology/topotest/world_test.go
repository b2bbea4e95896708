package topotest_test

import (
	"io"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

// TestWorld plays a server that replies, and a program that answers differently the
// second time.
func TestWorld(t *testing.T) {
	d := &topotest.Driver{Scripts: map[string][]topotest.Script{
		"bob: echo serve": {{
			Stdout: []string{"ready"}, Stays: true, Last: []string{"bye"},
			Replies: func(line string) []string { return []string{strings.ToUpper(line)} },
		}},
		"alice: ping bob": {{Stdout: []string{"no"}, Exit: 1}, {Stdout: []string{"yes"}, Stderr: []string{"hm"}}},
	}}
	w, err := d.Up(t.Context(), topology.Run{ID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	start := func(node string, words ...string) topology.Process {
		t.Helper()
		p, err := w.Start(t.Context(), node, topology.Command{Program: true, Args: words})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	server := start("bob", "echo", "serve")
	for _, want := range []string{"no\n|1", "yes\n|0", "yes\n|0"} {
		p := start("alice", "ping", "bob")
		stderr := make(chan string, 1)
		go func() { b, _ := io.ReadAll(p.Stderr()); stderr <- string(b) }()
		out, _ := io.ReadAll(p.Stdout())
		<-stderr
		status, err := p.Wait()
		if got := string(out) + "|" + string(rune('0'+status.Code)); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	go func() {
		_, _ = io.WriteString(server.Stdin(), "hello\n")
		_ = server.Stop()
	}()
	out := make(chan string, 1)
	go func() { b, _ := io.ReadAll(server.Stdout()); out <- string(b) }()
	if got := <-out; got != "ready\nHELLO\nbye\n" {
		t.Errorf("the server said %q", got)
	}
	world := d.Worlds()[0]
	if got := world.Processes()[0].Input(); got != "hello\n" || len(world.Calls()) != 4 {
		t.Errorf("input %q, calls %v", got, world.Calls())
	}
	if _, err := w.Start(t.Context(), "carol", topology.Command{Args: []string{"ls"}}); err == nil || !strings.Contains(err.Error(), `no script for "carol: ls"`) {
		t.Errorf("error %v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// TestClose ends what nobody reads from.
func TestClose(t *testing.T) {
	d := &topotest.Driver{Scripts: map[string][]topotest.Script{"a: x": {{Stdout: []string{"never read"}, Stays: true}}}}
	w, err := d.Up(t.Context(), topology.Run{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Start(t.Context(), "a", topology.Command{Args: []string{"x"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(); err != nil || status.Signal != "terminated" {
		t.Errorf("status %+v, %v", status, err)
	}
	if _, err := w.Start(t.Context(), "a", topology.Command{Args: []string{"x"}}); err == nil {
		t.Error("a closed world starts programs")
	}
}
