package docker_test

import (
	"io"
	"os/exec"
	"testing"
	"time"

	"netsim/nodes/agent"
	"netsim/topology"
	"netsim/topology/topotest"
)

// Where Docker sets up its name server in a container, as it does on engines that cannot be
// talked out of it, the agent takes it away.
func TestResolverIsRemoved(t *testing.T) {
	d := newDriver(t)
	_, id := up(t, d, plan(t, topotest.LAN(), 200))
	name := "resolver-" + id
	dockerCLI(t, "network", "create", "--subnet", "10.209.77.0/24", name)
	t.Cleanup(func() { dockerCLI(t, "network", "rm", name) })
	dockerCLI(t, "create", "-i", "--name", name, "--network", name,
		"--cap-drop=ALL", "--cap-add=NET_ADMIN", "--cap-add=NET_RAW", imageOf(t, id))
	t.Cleanup(func() { dockerCLI(t, "rm", "-f", name) })

	client := agent.Connect(startAttached(t, name))
	defer client.Close()
	asks := func() error { return exec.Command("docker", "exec", name, "/netsim", "node", "resolver").Run() }
	for tries := 0; asks() != nil; tries++ { // the attached command has not started it yet
		if tries > 100 {
			t.Fatal("Docker's name server does not answer, although nobody took it away")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := client.Configure(t.Context(), agent.Setup{Node: topology.Node{Name: "alice"}}); err != nil {
		t.Fatal(err)
	}
	if asks() == nil {
		t.Error("Docker's name server still answers")
	}
	if err := client.Configure(t.Context(), agent.Setup{Node: topology.Node{Name: "alice"}}); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// startAttached starts a container; its standard input and output are the stream.
func startAttached(t *testing.T, name string) io.ReadWriteCloser {
	t.Helper()
	cmd := exec.Command("docker", "start", "-ai", name)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	return pipes{out, in}
}

type pipes struct {
	io.ReadCloser
	in io.WriteCloser
}

func (p pipes) Write(b []byte) (int, error) { return p.in.Write(b) }

func (p pipes) Close() error {
	p.in.Close()
	return p.ReadCloser.Close()
}
