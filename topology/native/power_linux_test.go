package native_test

import (
	"io"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

func turn(t *testing.T, world topology.World, node string, p topology.Power) {
	t.Helper()
	if err := world.(topology.Powered).Power(t.Context(), node, p); err != nil {
		t.Fatalf("%s %s: %v", p, node, err)
	}
}

// A kill takes everything on the node, also what had left its program, and nothing on others. What
// comes after a restart is a node as new, but for its files.
func TestKillTakesEverything(t *testing.T) {
	world := up(t, topotest.Routed())
	turn(t, world, "carol", topology.PowerKill) // nothing has run there yet
	turn(t, world, "carol", topology.PowerRestart)
	sh(t, world, "bob", "echo text > file; echo text > /dev/shm/file; setsid sleep 1000 > /dev/null & sleep 0.2")
	elsewhere, err := world.Start(t.Context(), "alice", topology.Command{Args: []string{"sleep", "1000"}})
	if err != nil {
		t.Fatal(err)
	}
	running, err := world.Start(t.Context(), "bob", topology.Command{Args: []string{"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		turn(t, world, "bob", topology.PowerKill)
	}
	if exit, err := running.Wait(); err != nil || exit != (topology.ExitStatus{Code: 137, Signal: "killed"}) {
		t.Errorf("%+v %v", exit, err)
	}
	_, err = world.Start(t.Context(), "bob", topology.Command{Args: []string{"true"}})
	if err == nil || err.Error() != "bob is switched off (kill); restart: bob brings it back" {
		t.Error(err)
	}
	turn(t, world, "bob", topology.PowerRestart)
	for command, want := range map[string]string{
		"cat file":    "text",
		"ls /dev/shm": "",
		"ps -e -o args= | grep -c '[s]leep 1000'": "0",
		"ps -e -o stat= | grep -c Z":              "0",
		"cat /proc/1/cmdline | tr '\\0' ' '":      "netsim native init",
		"hostname":                                "bob",
	} {
		if got := sh(t, world, "bob", command); got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
	if got := sh(t, world, "alice", "ps -e -o args= | grep -c '[s]leep 1000'"); got != "1" {
		t.Errorf("alice has %s programs of her own", got)
	}
	_ = elsewhere.Stop()
	if exit, err := elsewhere.Wait(); err != nil || exit.Signal != "terminated" {
		t.Errorf("%+v %v", exit, err)
	}
}

// A pause stops also what had left its program; a stop while it lasts works, with the grace.
func TestPauseStopsEverything(t *testing.T) {
	world := up(t, topotest.Routed())
	turn(t, world, "carol", topology.PowerPause) // nothing has run there yet
	turn(t, world, "carol", topology.PowerResume)
	const tick = "while :; do echo >> tick; sleep 0.02; done"
	p, err := world.Start(t.Context(), "bob", topology.Command{Args: []string{"sh", "-c", "setsid sh -c '" + tick + "' & while [ ! -e tick ]; do sleep 0.01; done; echo begun; exec sleep 1000"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p.Stdout(), make([]byte, len("begun\n"))); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		turn(t, world, "bob", topology.PowerPause)
		if got := ticks(t, world); got[0] != got[1] {
			t.Errorf("bob is paused and goes on from %s to %s", got[0], got[1])
		}
		turn(t, world, "bob", topology.PowerResume)
		if got := ticks(t, world); got[0] == got[1] {
			t.Errorf("bob is resumed and stays at %s", got[0])
		}
	}
	turn(t, world, "bob", topology.PowerPause)
	_ = p.Stop()
	if exit, err := p.Wait(); err != nil || exit.Code != 137 {
		t.Errorf("%+v %v", exit, err)
	}
}

// ticks are what bob has counted to, and a while later.
func ticks(t *testing.T, world topology.World) [2]string {
	t.Helper()
	both := strings.Fields(sh(t, world, "alice", "wc -l < ../bob/tick; sleep 0.3; wc -l < ../bob/tick"))
	if len(both) != 2 {
		t.Fatalf("bob has counted to %v", both)
	}
	return [2]string(both)
}
