package agent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"netsim/nodes/agent"
	"netsim/topology"
)

// local is a machine whose nodes are this very machine.
type local struct {
	launcher *agent.Launcher
	dir      string

	mu    sync.Mutex
	setup []agent.Setup
}

func (l *local) Configure(_ context.Context, s agent.Setup) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Node.Name == "nobody" {
		return errors.New("there is no nobody")
	}
	l.setup = append(l.setup, s)
	return nil
}

func (l *local) Command(_ string, c topology.Command) (*exec.Cmd, error) {
	return agent.Prepare(c, l.dir, os.Environ())
}

func (l *local) Start(_ string, cmd *exec.Cmd) error { return l.launcher.Start(cmd) }

// bench is a client and a server with a stream between them.
type bench struct {
	*agent.Client
	machine *local
	ended   chan error // Serve's
	end     context.CancelFunc
}

func newBench(t *testing.T) *bench {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) }) // last of all
	b := &bench{machine: newLocal(t), ended: make(chan error, 1)}
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	b.end = cancel
	go func() { b.ended <- agent.Serve(ctx, far, b.machine) }()
	b.Client = agent.Connect(near)
	t.Cleanup(func() {
		b.Close()
		cancel()
		<-b.ended
	})
	return b
}

func newLocal(t *testing.T) *local {
	t.Helper()
	launcher, err := agent.NewLauncher(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(launcher.Close)
	return &local{launcher: launcher, dir: t.TempDir()}
}

func (b *bench) sh(t *testing.T, script string) topology.Process {
	t.Helper()
	p, err := b.Start(t.Context(), "alice", topology.Command{Args: []string{"sh", "-c", script}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// finish reads both outputs to their ends and waits.
func finish(t *testing.T, p topology.Process) (stdout, stderr string, exit topology.ExitStatus) {
	t.Helper()
	var out, errs bytes.Buffer
	var readers sync.WaitGroup
	readers.Go(func() { _, _ = io.Copy(&out, p.Stdout()) })
	readers.Go(func() { _, _ = io.Copy(&errs, p.Stderr()) })
	readers.Wait()
	exit, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), exit
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func readLine(t *testing.T, r io.Reader) string {
	t.Helper()
	var line []byte
	one := make([]byte, 1)
	for {
		if _, err := io.ReadFull(r, one); err != nil {
			t.Fatal(err)
		}
		if one[0] == '\n' {
			return string(line)
		}
		line = append(line, one[0])
	}
}

// alive says whether a process runs; a zombie does not.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// gone waits for the end of a process that was killed: the kernel needs a moment.
func gone(t *testing.T, pid string) {
	t.Helper()
	for range 500 {
		if !alive(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %s is still there", pid)
}
