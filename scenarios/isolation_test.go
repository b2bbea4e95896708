package scenarios_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"netsim/topology"
	"netsim/topology/topotest"
)

// While a network is up and after it, no node reaches the machine or anything outside
// its scenario, and the machine's addresses, routes and firewall are afterwards what they were.
func TestNetworkIsApartFromTheMachine(t *testing.T) {
	for _, d := range drivers() {
		t.Run(d.Name(), func(t *testing.T) { checkApart(t, d) })
	}
}

func checkApart(t *testing.T, d topology.Driver) {
	topotest.Alone(t, d.Name())
	before := snapshot(t)
	plan, err := topology.Resolve(topotest.Routed())
	if err != nil {
		t.Fatal(err)
	}
	world, err := d.Up(t.Context(), topology.Run{ID: "isolation-" + d.Name(), Plan: plan, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range append(machineAddresses(t), "198.51.100.1") {
		out := run(t, world, "alice", topology.Command{Program: true, Args: []string{"ping", address, "--count", "1"}})
		if !strings.Contains(out, `"received":0`) {
			t.Errorf("alice reaches %s: %s", address, out)
		}
	}
	if out := run(t, world, "alice", topology.Command{Program: true, Args: []string{"show", "addresses"}}); strings.Count(out, `"interface":"eth`) != 1 {
		t.Errorf("alice has other interfaces than her own: %s", out)
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	if left := waitFor(2*time.Second, func() string { return differences(before, snapshot(t)) }); left != "" {
		t.Error(left)
	}
}

// run runs a command and returns what it wrote to standard output.
func run(t *testing.T, world topology.World, node string, c topology.Command) string {
	t.Helper()
	p, err := world.Start(t.Context(), node, c)
	if err != nil {
		t.Fatal(err)
	}
	p.Stdin().Close()
	go io.Copy(io.Discard, p.Stderr())
	out, err := io.ReadAll(p.Stdout())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	return string(out)
}
