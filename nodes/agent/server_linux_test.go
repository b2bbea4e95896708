package agent_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"netsim/nodes/agent"
	"netsim/topology"
)

func TestStreamEndKillsPrograms(t *testing.T) {
	b := newBench(t)
	p := b.sh(t, "trap '' TERM HUP; echo $$; while :; do sleep 1; done")
	pid := readLine(t, p.Stdout())
	b.Close()
	if _, err := p.Wait(); !errors.Is(err, agent.ErrGone) {
		t.Errorf("wait: %v", err)
	}
	if err := <-b.ended; err != nil {
		t.Errorf("serve: %v", err)
	}
	b.ended <- nil
	gone(t, pid)
	if _, err := b.Start(t.Context(), "alice", topology.Command{Args: []string{"true"}}); !errors.Is(err, agent.ErrGone) {
		t.Errorf("start: %v", err)
	}
}

// A server that hears nothing ends by itself.
func TestLease(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	server := &agent.Server{Machine: newLocal(t), Lease: 20 * time.Millisecond}
	if err := server.Serve(t.Context(), far); err == nil {
		t.Error("the end of the lease is no error")
	}
}

func TestKeep(t *testing.T) {
	b := newBench(t)
	p := b.sh(t, `echo $$; while :; do echo talking; done`)
	pid := readLine(t, p.Stdout())
	if err := b.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Close()
	select {
	case err := <-b.ended:
		t.Fatalf("ended though kept: %v", err)
	default:
	}
	if !alive(pid) {
		t.Fatal("the program did not live on")
	}
	b.end()
	b.ended <- <-b.ended
	gone(t, pid)
}

func TestGuests(t *testing.T) {
	server := &agent.Server{Machine: newLocal(t)}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- server.Listen(ctx, l) }()
	var guests [3]*agent.Client
	for i := range guests {
		stream, err := net.Dial("unix", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		guests[i] = agent.Connect(stream)
		defer guests[i].Close()
	}
	if err := guests[0].Configure(ctx, agent.Setup{}); err == nil {
		t.Error("a guest may configure")
	}
	if err := guests[0].Keep(ctx); err == nil {
		t.Error("a guest may keep")
	}
	b := &bench{Client: guests[1]}
	if out, _, _ := finish(t, b.sh(t, "echo hello")); out != "hello\n" {
		t.Errorf("%q", out)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-guests[2].Done()
}

func TestConfigure(t *testing.T) {
	b := newBench(t)
	if err := b.Configure(t.Context(), agent.Setup{Node: topology.Node{Name: "alice"}}); err != nil {
		t.Fatal(err)
	}
	if len(b.machine.setup) != 1 || b.machine.setup[0].Node.Name != "alice" {
		t.Fatalf("%+v", b.machine.setup)
	}
	err := b.Configure(t.Context(), agent.Setup{Node: topology.Node{Name: "nobody"}})
	if err == nil || err.Error() != "there is no nobody" {
		t.Fatal(err)
	}
}

// A program has no capabilities and cannot get any.
func TestProgramsHaveNoPrivileges(t *testing.T) {
	b := newBench(t)
	out, _, _ := finish(t, b.sh(t, "grep -E '^(CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status"))
	want := "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"
	if out != want {
		t.Fatalf("%q", out)
	}
}

func TestBadStreams(t *testing.T) {
	for line, want := range map[string]string{
		"hello\n": `agent stream: not a message: "hello"`,
		`{"verb":"configure"}` + "\n" + `{"verb":"nonsense","id":1}` + "\n": "",
	} {
		near, far := net.Pipe()
		ended := make(chan error)
		go func() { ended <- agent.Serve(t.Context(), far, newLocal(t)) }()
		go func() { _, _ = io.Copy(io.Discard, near) }()
		if _, err := io.WriteString(near, line); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			near.Close()
		}
		err := <-ended
		near.Close()
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}
