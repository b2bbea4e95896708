package docker_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netsim/docker"
	"netsim/nodes/agent"
	"netsim/topology"
	"netsim/topology/topotest"
)

// alice, bob ── office 10.101.0.0/24 ── gw ── workshop 10.102.0.0/24 ── carol
func TestRouted(t *testing.T) {
	d := newDriver(t)
	p := plan(t, topotest.Routed(), 100)
	text := "hello\n"
	p.Node("alice").Files = []topology.File{{Name: "motd", Text: &text}}
	w, id := up(t, d, p)

	serve(t, w, "carol")
	serve(t, w, "alice")
	t.Run("reach", func(t *testing.T) {
		for node, want := range map[string]string{"bob": "10.101.0.3", "gw": "10.102.0.1"} {
			if got, code := run(t, w, node, "call", "carol"); got != want || code != 0 {
				t.Errorf("carol saw %q, want %s; exit %d", got, want, code)
			}
		}
		if got, code := run(t, w, "bob", "call", "alice"); got != "10.101.0.3" || code != 0 {
			t.Errorf("alice saw %q; exit %d", got, code)
		}
	})
	t.Run("no way out", func(t *testing.T) {
		for _, outside := range hostAddresses(t) {
			if got, code := run(t, w, "alice", "call", outside); code != 1 {
				t.Errorf("%s answers %q", outside, got)
			}
		}
	})
	t.Run("interfaces", func(t *testing.T) {
		got, _ := run(t, w, "gw", "interfaces")
		n := p.Node("gw")
		for _, x := range n.Interfaces {
			want := x.Name + " " + x.MAC.String() + " 1500 [" + x.Address.String() + "]"
			if !strings.Contains(got, want) {
				t.Errorf("gw has no %s but\n%s", want, got)
			}
		}
		if lines := strings.Count(got, "\n") + 1; lines != 3 {
			t.Errorf("gw has %d interfaces:\n%s", lines, got)
		}
	})
	t.Run("files", func(t *testing.T) {
		if got, _ := run(t, w, "alice", "cat", "motd"); got != "hello" {
			t.Errorf("motd is %q", got)
		}
		if got, _ := run(t, w, "alice", "cat", "/etc/resolv.conf"); got != "" {
			t.Errorf("resolv.conf is %q", got)
		}
		got, _ := run(t, w, "alice", "cat", "/etc/hosts")
		if !strings.Contains(got, "\n10.102.0.2 carol carol.workshop") || strings.Contains(got, id) {
			t.Errorf("hosts is %q", got)
		}
	})
	t.Run("privileges", func(t *testing.T) { privileges(t, w) })
	t.Run("orphans are reaped", func(t *testing.T) {
		pid, _ := run(t, w, "alice", "orphan")
		for range 50 {
			if _, code := run(t, w, "alice", "cat", "/proc/"+pid+"/stat"); code == 1 {
				return
			}
		}
		t.Errorf("process %s was not reaped", pid)
	})
	t.Run("bookkeeping", func(t *testing.T) {
		got := dockerCLI(t, "network", "inspect", "netsim-"+id+"-office", "--format",
			"{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}} {{range .Containers}}{{.Name}}={{.IPv4Address}} {{end}}")
		for _, want := range []string{"10.101.0.0/24 10.101.0.1", "alice=10.101.0.2/24", "bob=10.101.0.3/24", "gw=10.101.0.254/24"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
	})
	t.Run("errors", func(t *testing.T) { startErrors(t, w, id) })
}

func privileges(t *testing.T, w topology.World) {
	got, _ := run(t, w, "alice", "cat", "/proc/self/status")
	for _, want := range []string{"CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in a program's status", want)
		}
	}
	agent, _ := run(t, w, "alice", "cat", "/proc/1/status")
	if !strings.Contains(agent, "CapEff:\t0000000000003000") {
		t.Errorf("the agent has other capabilities than NET_ADMIN and NET_RAW:\n%s", agent)
	}
}

func startErrors(t *testing.T, w topology.World, id string) {
	_, err := w.Start(t.Context(), "dave", topology.Command{Program: true, Args: []string{"echo"}})
	if err == nil || err.Error() != "run "+id+` has no node "dave"` {
		t.Error(err)
	}
	_, err = w.Start(t.Context(), "bob", topology.Command{Args: []string{"bash"}})
	if !errors.Is(err, agent.ErrNoProgram) || !strings.HasPrefix(err.Error(), "bob: bash: the node has no such program: with Docker a node without an image has netsim's own") {
		t.Error(err)
	}
}

// Two runs of one plan side by side do not see each other.
func TestSideBySide(t *testing.T) {
	d := newDriver(t)
	p := plan(t, topotest.Routed(), 110)
	var worlds [2]topology.World
	for i := range worlds {
		worlds[i], _ = up(t, d, p)
	}
	serve(t, worlds[0], "carol")
	if got, code := run(t, worlds[0], "alice", "call", "carol"); got != "10.111.0.2" {
		t.Errorf("carol saw %q, exit %d", got, code)
	}
	if got, code := run(t, worlds[1], "alice", "call", "carol"); code != 1 {
		t.Errorf("the other run's carol answers %q", got)
	}
	serve(t, worlds[1], "carol")
	if got, code := run(t, worlds[1], "bob", "call", "carol"); got != "10.111.0.3" {
		t.Errorf("carol saw %q, exit %d", got, code)
	}
}

// A subnet to which the machine has a route, without an address in it, may be a scenario's: nothing
// leads there.
func TestSubnetThatTheMachineReaches(t *testing.T) {
	d := newDriver(t)
	_, half := machineSubnet(t)
	p := lanPlan(t, half)
	before := machineState(t)
	w, _ := up(t, d, p)
	serve(t, w, "bob")
	want := p.Node("alice").Interfaces[0].Address.Addr().String()
	if got, code := run(t, w, "alice", "call", "bob"); got != want {
		t.Errorf("bob saw %q, want %s; exit %d", got, want, code)
	}
	if after := machineState(t); after != before {
		t.Errorf("the machine changed from\n%s\nto\n%s", before, after)
	}
}

func TestSubnetOfTheMachineIsRefused(t *testing.T) {
	d := newDriver(t)
	whole, _ := machineSubnet(t)
	id := runID(t)
	_, err := d.Up(t.Context(), topology.Run{ID: id, Plan: lanPlan(t, whole)})
	var overlap *docker.Overlap
	if !errors.As(err, &overlap) || overlap.Interface == "" || !whole.Contains(overlap.Taken.Addr()) {
		t.Fatal(err)
	}
	t.Log(err, "-", overlap.Hint())
	empty(t, id)
}

func TestOverlapIsRefused(t *testing.T) {
	d := newDriver(t)
	foreign := "foreign-" + runID(t)
	dockerCLI(t, "network", "create", "--subnet", "10.123.0.0/16", foreign)
	t.Cleanup(func() { dockerCLI(t, "network", "rm", foreign) })
	for network, p := range map[string]*topology.Plan{
		foreign:  plan(t, topotest.LAN(), 122),
		"bridge": bridgePlan(t),
	} {
		id := runID(t)
		_, err := d.Up(t.Context(), topology.Run{ID: id, Plan: p})
		var overlap *docker.Overlap
		if !errors.As(err, &overlap) || overlap.Network != network || overlap.Segment != "office" {
			t.Fatalf("%v", err)
		}
		t.Log(err, "-", overlap.Hint())
		empty(t, id)
	}
}

// Cancelling leaves nothing, whenever it happens.
func TestCancel(t *testing.T) {
	d := newDriver(t)
	p := plan(t, topotest.Routed(), 130)
	for _, at := range []topology.Progress{
		{Phase: "image", Done: 1, Total: 1},
		{Phase: "networks", Done: 1, Total: 2},
		{Phase: "nodes", Done: 1, Total: 4},
		{Phase: "nodes", Done: 3, Total: 4},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		id := runID(t)
		_, err := d.Up(ctx, topology.Run{ID: id, Plan: p, Progress: func(p topology.Progress) {
			if p == at {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v: %v", at, err)
		}
		empty(t, id)
	}
}

func TestNodeThatDies(t *testing.T) {
	d := newDriver(t)
	w, id := up(t, d, plan(t, topotest.LAN(), 140))
	p, err := w.Start(t.Context(), "alice", topology.Command{Program: true, Args: []string{"sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	dockerCLI(t, "kill", "netsim-"+id+"-alice")
	if _, err := p.Wait(); err == nil {
		t.Error("the end of a process on a dead node is known")
	}
	if _, err := w.Start(t.Context(), "alice", topology.Command{Program: true, Args: []string{"sleep"}}); err == nil {
		t.Error("a dead node starts a program")
	}
}

// An executable that a build with cgo has made takes the C library into the image.
func TestDynamicExecutable(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc:", err)
	}
	d := newDriver(t)
	d.Executable = filepath.Join(t.TempDir(), "netsim")
	build := exec.Command("go", "build", "-o", d.Executable, "./testdata/node")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var image string
	t.Cleanup(func() { dockerCLI(t, "image", "rm", image) })
	w, id := up(t, d, plan(t, topotest.LAN(), 190))
	image = imageOf(t, id)
	serve(t, w, "bob")
	if got, code := run(t, w, "alice", "call", "bob"); got != "10.191.0.1" {
		t.Errorf("bob saw %q, exit %d", got, code)
	}
}
