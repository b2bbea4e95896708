package native_test

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/ping"
	"netsim/topology"
	"netsim/topology/native"
	"netsim/topology/topotest"
)

// The test's own executable stands in for netsim.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "native":
			os.Exit(native.Main(os.Args[2:]))
		case "floor":
			floor(os.Args[2])
			os.Exit(0)
		case "node":
			os.Exit(nodes.Set{ping.Program()}.Main(context.Background(), os.Args[2:], os.Stdin, os.Stdout, os.Stderr, false))
		}
	}
	os.Exit(m.Run())
}

func up(t testing.TB, topo topology.Topology) topology.World {
	t.Helper()
	plan, err := topology.Resolve(topo)
	if err != nil {
		t.Fatal(err)
	}
	return upPlan(t, plan)
}

func upPlan(t testing.TB, plan *topology.Plan) topology.World {
	t.Helper()
	topotest.Require(t, "native")
	world, err := new(native.Driver).Up(t.Context(), topology.Run{ID: t.Name(), Plan: plan, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { world.Close() })
	return world
}

// sh runs a shell command on a node and returns what it says.
func sh(t *testing.T, world topology.World, node, command string) string {
	t.Helper()
	return say(t, world, node, topology.Command{Args: []string{"sh", "-c", "{ " + command + "; } 2>&1"}})
}

func say(t *testing.T, world topology.World, node string, c topology.Command) string {
	t.Helper()
	p, err := world.Start(t.Context(), node, c)
	if err != nil {
		t.Fatal(err)
	}
	p.Stdin().Close()
	go io.Copy(os.Stderr, p.Stderr())
	out, err := io.ReadAll(p.Stdout())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestNodesReachEachOther(t *testing.T) {
	world := up(t, topotest.Routed())
	for host, ttl := range map[string]string{"bob": `"ttl":64`, "carol": `"ttl":63`} {
		out := say(t, world, "alice", topology.Command{Program: true, Args: []string{"ping", host, "--count", "2"}})
		if !strings.Contains(out, ttl) || !strings.Contains(out, `"received":2`) {
			t.Errorf("alice pings %s: want %s and both replies:\n%s", host, ttl, out)
		}
	}
}

func TestReadyHere(t *testing.T) {
	topotest.Require(t, "native")
	if err := new(native.Driver).Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLinksCanBeImpairedHere(t *testing.T) {
	topotest.Require(t, "native")
	if said := new(native.Driver).Advice(t.Context()); len(said) > 0 {
		t.Error(said)
	}
}

// Nodes have processes of their own: neither seen nor reached from another, and orphans are reaped.
func TestNodesHaveTheirOwnProcesses(t *testing.T) {
	world := up(t, topotest.Routed())
	p, err := world.Start(t.Context(), "bob", topology.Command{Args: []string{"sh", "-c", "echo begun; exec sleep 1000"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p.Stdout(), make([]byte, len("begun\n"))); err != nil {
		t.Fatal(err)
	}
	const sleeps = "ps -e -o args= | grep -c '[s]leep 1000'"
	for _, x := range []struct{ node, command, want string }{
		{"alice", sleeps, "0"},
		{"alice", "cat /proc/1/cmdline | tr '\\0' ' '", "netsim native init"},
		{"alice", "kill -TERM 1; kill -INT 1; kill -9 -1 2> /dev/null; echo still here", "still here"},
		{"bob", sleeps, "1"},
		{"alice", "(setsid sleep 0.05 &); sleep 0.3; ps -e -o stat= | grep -c Z", "0"},
		{"alice", "ls /proc/1/task/*/mem > /dev/null && cat /proc/1/environ", "cat: /proc/1/environ: Permission denied"},
	} {
		if got := sh(t, world, x.node, x.command); got != x.want {
			t.Errorf("%s: %s: got %q, want %q", x.node, x.command, got, x.want)
		}
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if exit, err := p.Wait(); err != nil || exit.Signal != "terminated" {
		t.Errorf("%+v %v", exit, err)
	}
}

func TestNodeSeesItselfAlone(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "/somewhere")
	world := up(t, topotest.Routed())
	for command, want := range map[string]string{
		"hostname":                                           "alice",
		"ls /sys/class/net | xargs":                          "eth0 lo",
		"grep -c . /etc/resolv.conf":                         "0",
		"touch /etc/x; echo $?":                              "touch: cannot touch '/etc/x': Read-only file system\n1",
		"touch here && ls":                                   "here",
		"touch ../../x 2>&1":                                 "touch: cannot touch '../../x': Read-only file system",
		"cp /dev/null ../../hosts/alice":                     "cp: cannot create regular file '../../hosts/alice': Read-only file system",
		"ls -l /run | grep -cv '^[lt]'":                      "0",
		"echo $SSH_AUTH_SOCK$PYTHONUNBUFFERED":               "1",
		"ls /dev | xargs":                                    "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero",
		"echo x > /dev/null && touch /dev/shm/x && echo yes": "yes",
		"head -c 2 /dev/zero | od -An -tx1 | xargs":          "00 00",
		"cp /dev/null /proc/sys/vm/swappiness":               "cp: cannot create regular file '/proc/sys/vm/swappiness': Read-only file system",
		"for m in /proc/1/task/*/mem; do (exec 3<> $m) 2> /dev/null && echo $m; done; echo none": "none",
		"grep -E 'CapPrm|CapEff|NoNewPrivs' /proc/self/status | awk '{print $2}' | xargs":        "0000000000000000 0000000000000000 1",
		"grep -w carol /etc/hosts": "10.2.0.2 carol carol.workshop",
		"ps -e | grep -c dockerd":  "0",
	} {
		if got := sh(t, world, "alice", command); got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}
