package docker_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"netsim/docker"
	"netsim/topology"
	"netsim/topology/topotest"
)

func turn(t *testing.T, w topology.World, node string, p topology.Power) {
	t.Helper()
	if err := w.(topology.Powered).Power(t.Context(), node, p); err != nil {
		t.Fatalf("%s %s: %v", p, node, err)
	}
}

func refused(t *testing.T, w topology.World, c topology.Command, want string) {
	t.Helper()
	_, err := w.Start(t.Context(), "carol", c)
	if err == nil || err.Error() != want {
		t.Errorf("%v: got %v, want %s", c.Args, err, want)
	}
}

var killed = topology.ExitStatus{Code: 137, Signal: "killed"}

func endsKilled(t *testing.T, what string, p topology.Process) {
	t.Helper()
	_, _ = io.ReadAll(p.Stdout())
	if exit, err := p.Wait(); err != nil || exit != killed {
		t.Errorf("%s: %+v %v", what, exit, err)
	}
}

// What the image's user runs is switched with its node, and the image can be started again.
func TestPowerOfAnImage(t *testing.T) {
	d := newDriver(t)
	image := ownImage(t)
	w, id := up(t, d, withImage(t, image, 150))
	start := topology.Command{Image: true, Args: []string{image}}
	beside := topology.Command{Args: []string{"/bin/tool", "node", "sleep"}}
	for range 2 {
		server := begin(t, w, "carol", image)
		sleeper, err := w.Start(t.Context(), "carol", beside)
		if err != nil {
			t.Fatal(err)
		}
		turn(t, w, "carol", topology.PowerPause)
		if got, code := run(t, w, "alice", "call", "carol"); code != 1 || got != "" {
			t.Errorf("carol is paused and says %q", got)
		}
		for _, c := range []topology.Command{beside, {Program: true, Args: []string{"sleep"}}} {
			refused(t, w, c, "carol is paused; resume: carol lets it go on")
		}
		turn(t, w, "carol", topology.PowerResume)
		if got, _ := run(t, w, "alice", "call", "carol"); got != "10.151.0.2" {
			t.Errorf("carol goes on and says %q", got)
		}
		turn(t, w, "carol", topology.PowerKill)
		endsKilled(t, "the image", server)
		endsKilled(t, "a program beside it", sleeper)
		if left := objects(t, id+"-carol.image"); left != "" {
			t.Errorf("left is %s", left)
		}
		for _, c := range []topology.Command{start, beside} {
			refused(t, w, c, "carol is switched off (kill); restart: carol brings it back")
		}
		turn(t, w, "carol", topology.PowerRestart)
		refused(t, w, beside, "carol: its image is not running")
	}
	begin(t, w, "carol", image)
	turn(t, w, "carol", topology.PowerRestart) // of a node that is on
	begin(t, w, "carol", image)
	if got, _ := run(t, w, "alice", "call", "carol"); got != "10.151.0.2" {
		t.Errorf("carol is back and says %q", got)
	}
	turn(t, w, "carol", topology.PowerPause) // and is taken down so
}

// A kill takes also what had left its program; guests hear how theirs ended, and are told that the
// node is off.
func TestPowerForGuests(t *testing.T) {
	d := newDriver(t)
	w, id := up(t, d, plan(t, topotest.Routed(), 160))
	v := visitor(t, d, id)
	sleeper, err := v.Start(t.Context(), "carol", topology.Command{Program: true, Args: []string{"sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	daemon, _ := run(t, w, "carol", "daemon")
	turn(t, w, "carol", topology.PowerPause)
	refused(t, v, topology.Command{Program: true, Args: []string{"sleep"}}, "carol is paused; resume: carol lets it go on")
	turn(t, w, "carol", topology.PowerKill)
	endsKilled(t, "a guest's program", sleeper)
	refused(t, visitor(t, d, id), topology.Command{Program: true, Args: []string{"sleep"}}, "carol is switched off (kill); restart: carol brings it back")
	turn(t, w, "carol", topology.PowerRestart)
	if got, code := run(t, w, "carol", "cat", fmt.Sprintf("/proc/%s/stat", daemon)); code != 1 {
		t.Errorf("a daemon outlived the kill: %s", got)
	}
	if got := dockerCLI(t, "top", "netsim-"+id+"-carol", "-o", "pid,stat,args"); strings.Contains(got, "<defunct>") || strings.Contains(got, "sleep") {
		t.Errorf("carol has\n%s", got)
	}
	if _, ok := v.(topology.Powered); ok {
		t.Error("a guest may switch nodes off")
	}
	err = w.(topology.Powered).Power(t.Context(), "dave", topology.PowerKill)
	if err == nil || err.Error() != "run "+id+` has no node "dave"` {
		t.Error(err)
	}
}

// visitor is a guest at a network that is up.
func visitor(t *testing.T, d *docker.Driver, id string) topology.World {
	t.Helper()
	v, err := d.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}
