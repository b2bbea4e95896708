package native_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/native"
	"netsim/topology/topotest"
)

func isUp(t *testing.T, run string) bool {
	t.Helper()
	list, err := new(native.Driver).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(k topology.Kept) bool { return k.Run == run })
}

// A kept network lives on without the world that brought it up, is found, runs
// programs, and goes when it is told to.
func TestKeptNetworkIsFoundAndTakenDown(t *testing.T) {
	topotest.Require(t, "native")
	plan, err := topology.Resolve(topotest.Routed())
	if err != nil {
		t.Fatal(err)
	}
	d := new(native.Driver)
	world, err := d.Up(t.Context(), topology.Run{ID: "kept-test", Plan: plan, Dir: t.TempDir(), Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Down(context.Background(), "kept-test") })
	if err := world.(topology.Keeper).Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	if !isUp(t, "kept-test") {
		t.Fatal("the kept network is not listed")
	}
	guest, err := d.Open(t.Context(), "kept-test")
	if err != nil {
		t.Fatal(err)
	}
	if out := sh(t, guest, "carol", "hostname"); out != "carol" {
		t.Errorf("hostname on carol says %q", out)
	}
	guest.Close()
	if !isUp(t, "kept-test") {
		t.Fatal("the kept network went with a guest")
	}
	if err := d.Down(t.Context(), "kept-test"); err != nil {
		t.Fatal(err)
	}
	if isUp(t, "kept-test") {
		t.Error("the network is listed after down")
	}
}

func TestNetworkThatIsNotUpIsNamed(t *testing.T) {
	_, err := new(native.Driver).Open(t.Context(), "no-such-run")
	if err == nil || !strings.Contains(err.Error(), "no native network no-such-run is up") {
		t.Errorf("got %v", err)
	}
}

// Up that is cancelled leaves nothing under its name.
func TestCancelledUpLeavesNothing(t *testing.T) {
	topotest.Require(t, "native")
	ctx, cancel := context.WithCancel(t.Context())
	progress := func(p topology.Progress) {
		if p.Phase == "nodes" && p.Done == 3 {
			cancel()
		}
	}
	_, err := new(native.Driver).Up(ctx, topology.Run{ID: "cancelled", Plan: star(200, 2), Dir: t.TempDir(), Progress: progress})
	if err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v", err)
	}
	if isUp(t, "cancelled") {
		t.Error("the network is listed")
	}
}
