package agent_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netsim/nodes/agent"
	"netsim/topology"
)

func TestStdinAndEndOfFile(t *testing.T) {
	b := newBench(t)
	p, err := b.Start(t.Context(), "alice", topology.Command{Args: []string{"cat"}})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("a line of text\n", 100_000) // several windows each way
	go func() {
		_, _ = io.WriteString(p.Stdin(), want)
		p.Stdin().Close()
	}()
	out, _, exit := finish(t, p)
	if out != want || exit.Code != 0 {
		t.Fatalf("%d bytes came back of %d, exit %v", len(out), len(want), exit)
	}
	if _, err := p.Stdin().Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write after the end: %v", err)
	}
}

func TestExitStatus(t *testing.T) {
	b := newBench(t)
	for script, want := range map[string]topology.ExitStatus{
		"exit 0":           {},
		"exit 3":           {Code: 3},
		"kill -KILL $$":    {Code: 137, Signal: "killed"},
		"echo x >&2; echo": {},
	} {
		if _, _, got := finish(t, b.sh(t, script)); got != want {
			t.Errorf("%s: %+v, want %+v", script, got, want)
		}
	}
}

func TestOutputsAreApart(t *testing.T) {
	b := newBench(t)
	out, errs, _ := finish(t, b.sh(t, "echo out; echo err >&2"))
	if out != "out\n" || errs != "err\n" {
		t.Fatalf("stdout %q stderr %q", out, errs)
	}
}

func TestEnvironment(t *testing.T) {
	b := newBench(t)
	p, err := b.Start(t.Context(), "alice", topology.Command{Args: []string{"sh", "-c", "echo $X; pwd"}, Env: []string{"X=1"}})
	if err != nil {
		t.Fatal(err)
	}
	if out, _, _ := finish(t, p); out != "1\n"+b.machine.dir+"\n" {
		t.Fatalf("%q", out)
	}
}

func TestNoSuchProgram(t *testing.T) {
	b := newBench(t)
	_, err := b.Start(t.Context(), "alice", topology.Command{Args: []string{"no-such-program"}, Env: []string{"PATH=/bin"}})
	if !errors.Is(err, agent.ErrNoProgram) || err.Error() != "no-such-program: the node has no such program" {
		t.Fatal(err)
	}
	_, err = b.Start(t.Context(), "alice", topology.Command{})
	if err == nil || err.Error() != "agent: start without a command" {
		t.Fatal(err)
	}
}

// A process that takes SIGTERM ends by itself and its last words are heard.
func TestStopAsks(t *testing.T) {
	b := newBench(t)
	p := b.sh(t, `trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done`)
	head := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(p.Stdout(), head); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if out, _, exit := finish(t, p); out != "bye\n" || exit.Code != 7 {
		t.Fatalf("%q %+v", out, exit)
	}
}

// One that does not is killed, and its children with it.
func TestStopInsistsAndTakesTheChildren(t *testing.T) {
	b := newBench(t)
	p := b.sh(t, `trap '' TERM; sleep 1000 & echo $!; wait; wait`)
	child := readLine(t, p.Stdout())
	_ = p.Stop()
	if _, _, exit := finish(t, p); exit.Signal != "killed" {
		t.Fatalf("%+v", exit)
	}
	gone(t, child)
}

// When the first process ends, what it left behind ends too.
func TestEndTakesTheChildren(t *testing.T) {
	b := newBench(t)
	out, _, exit := finish(t, b.sh(t, `sleep 1000 & echo $!`))
	if exit.Code != 0 {
		t.Fatalf("%+v", exit)
	}
	gone(t, strings.TrimSpace(out))
}

// A daemon that left the group and holds the pipe open does not hold up the end.
func TestEscapedChildDoesNotHoldUpTheEnd(t *testing.T) {
	b := newBench(t)
	out, _, exit := finish(t, b.sh(t, `setsid sh -c 'echo $$; touch away; exec sleep 1000' & while [ ! -e away ]; do sleep 0.01; done`))
	if exit.Code != 0 {
		t.Fatalf("%+v", exit)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil || unix.Kill(pid, unix.SIGKILL) != nil {
		t.Errorf("the child %q did not escape: %v", out, err)
	}
}

// Nor does one that goes on writing. The daemon ends after a while by itself, and then too much has come.
func TestEscapedWriterDoesNotHoldUpTheEnd(t *testing.T) {
	b := newBench(t)
	out, _, _ := finish(t, b.sh(t, `setsid sh -c 'i=0; while [ $i -lt 80 ]; do i=$((i+1)); echo $i; sleep 0.1; done' & sleep 0.2; echo end`))
	if !strings.Contains(out, "end\n") || strings.Contains(out, "\n80\n") {
		t.Errorf("%q", out)
	}
}

// A reader that stops holds up its own program and nobody else; afterwards not a byte
// is missing.
func TestSlowReader(t *testing.T) {
	b := newBench(t)
	const size = 8 << 20
	slow := b.sh(t, "head -c "+strconv.Itoa(size)+" /dev/zero; echo done >&2")
	for range 20 {
		if out, _, _ := finish(t, b.sh(t, "echo hello")); out != "hello\n" {
			t.Fatalf("%q", out)
		}
	}
	out, errs, _ := finish(t, slow)
	if len(out) != size || errs != "done\n" {
		t.Fatalf("%d bytes, stderr %q", len(out), errs)
	}
}

// What is written to a program that does not read ends with the program.
func TestWriterOfAnEndedProgramIsLetGo(t *testing.T) {
	b := newBench(t)
	p := b.sh(t, "sleep 0.2")
	_, err := p.Stdin().Write(make([]byte, 4*agent.Window))
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	finish(t, p)
}
