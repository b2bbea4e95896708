package docker_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"netsim/docker"
	"netsim/topology"
	"netsim/topology/topotest"
)

func TestKeepOpenDown(t *testing.T) {
	d := newDriver(t)
	id := runID(t)
	w, err := d.Up(t.Context(), topology.Run{ID: id, Plan: plan(t, topotest.Routed(), 150), Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Down(context.Background(), id) })
	if k := listed(t, d, id); k.Kept || k.Scenario != "routed" || !slices.Equal(k.Nodes, []string{"alice", "bob", "carol", "gw"}) {
		t.Errorf("before keep: %+v", k)
	}
	serve(t, w, "carol")
	if err := w.(topology.Keeper).Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if k := listed(t, d, id); !k.Kept {
		t.Errorf("after keep: %+v", k)
	}

	v, err := d.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	// The server that was started before still runs.
	if got, code := run(t, v, "alice", "call", "carol"); got != "10.151.0.2" {
		t.Errorf("carol saw %q; exit %d", got, code)
	}
	if _, err := v.Start(t.Context(), "dave", topology.Command{Program: true, Args: []string{"echo"}}); err == nil {
		t.Error("a node that is none")
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}

	if err := d.Down(t.Context(), id); err != nil {
		t.Error(err)
	}
	empty(t, id)
	want := fmt.Sprintf("no network of a run %q is up", id)
	if err := d.Down(t.Context(), id); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := d.Open(t.Context(), id); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func listed(t *testing.T, d *docker.Driver, id string) topology.Kept {
	t.Helper()
	list, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		if k.Run == id {
			return k
		}
	}
	t.Fatalf("%s is not among %+v", id, list)
	return topology.Kept{}
}

// victim brings a network up, tells its progress line by line, and waits for its end.
func victim(id string) {
	d := &docker.Driver{Executable: os.Getenv("NETSIM_TEST_NODE")}
	p, err := topology.Resolve(topotest.Routed())
	if err != nil {
		fmt.Println("error", err)
		return
	}
	w, err := d.Up(context.Background(), topology.Run{ID: id, Plan: p, Progress: func(p topology.Progress) {
		fmt.Println(p.Phase, p.Done)
	}})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("up")
	if os.Getenv("NETSIM_TEST_KEEP") != "" {
		if err := w.(topology.Keeper).Keep(context.Background()); err != nil {
			fmt.Println("error", err)
		}
		fmt.Println("kept")
	}
	select {}
}

// kill starts a victim, lets it come as far as a line and a moment, and kills it.
func kill(t *testing.T, d *docker.Driver, id, line string, after time.Duration, env ...string) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(append(os.Environ(), "NETSIM_TEST_VICTIM="+id, "NETSIM_TEST_NODE="+d.Executable), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != line {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Error(lines.Text())
		}
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// Wherever a process was killed, one sweep later nothing of its run is left, and what
// only looks alike is there.
func TestSweep(t *testing.T) {
	d := newDriver(t)
	image := lookAlikes(t, d)
	before := objects(t, "lookalike")
	living, livingID := up(t, d, plan(t, topotest.LAN(), 160))
	for _, moment := range []struct {
		line  string
		after time.Duration
	}{
		{"image 1", 0}, {"image 1", 30 * time.Millisecond}, {"networks 1", 0}, {"networks 2", 5 * time.Millisecond},
		{"networks 2", 100 * time.Millisecond}, {"nodes 1", 0}, {"nodes 2", 100 * time.Millisecond}, {"nodes 4", 0}, {"up", 0},
	} {
		id := runID(t)
		kill(t, d, id, moment.line, moment.after)
		told, err := d.Sweep(t.Context())
		if err != nil {
			t.Errorf("%v: %v", moment, err)
		}
		t.Logf("%v: %s", moment, strings.Join(told, "; "))
		time.Sleep(200 * time.Millisecond) // what the engine still had in hand would show now
		if left := objects(t, id); left != "" {
			t.Errorf("%v: left %s", moment, left)
		}
	}
	if after := objects(t, "lookalike"); after != before {
		t.Errorf("look-alikes were touched: %s, before %s", after, before)
	}
	dockerCLI(t, "image", "inspect", image)
	serve(t, living, "bob")
	if got, _ := run(t, living, "alice", "call", "bob"); got != "10.161.0.1" {
		t.Errorf("the living run %s was touched: %q", livingID, got)
	}
}

// A network that was kept outlives its process and every sweep.
func TestSweepSparesTheKept(t *testing.T) {
	d := newDriver(t)
	id := runID(t)
	t.Cleanup(func() { _ = d.Down(context.Background(), id) })
	kill(t, d, id, "kept", 0, "NETSIM_TEST_KEEP=1")
	if _, err := d.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if k := listed(t, d, id); !k.Kept || len(k.Nodes) != 4 {
		t.Errorf("%+v", k)
	}
	// Once its containers are gone, as after a restart of the machine, it is swept too.
	for _, node := range []string{"alice", "bob", "carol", "gw"} {
		dockerCLI(t, "rm", "-f", "netsim-"+id+"-"+node)
	}
	if _, err := d.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	empty(t, id)
}

// lookAlikes makes ten objects of somebody else that look like ours.
func lookAlikes(t *testing.T, d *docker.Driver) (image string) {
	t.Helper()
	id := "lookalike" + runID(t)
	known := runID(t)
	w, err := d.Up(t.Context(), topology.Run{ID: known, Plan: plan(t, topotest.LAN(), 170)})
	if err != nil {
		t.Fatal(err)
	}
	dead := "--label=netsim.owner=1 1 00000000-0000-0000-0000-000000000000 1 " + hostname(t)
	image = imageOf(t, known)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	remove := func(args ...string) { t.Cleanup(func() { dockerCLI(t, args...) }) }
	for i, labels := range [][]string{
		{}, {"--label=netsim.run=" + id}, {dead},
		{"--label=netsim.run=" + id, "--label=netsim.scenario=x", dead}, // no netsim.segment or node
	} {
		name := fmt.Sprintf("netsim-%s-n%d", id, i)
		dockerCLI(t, append(append([]string{"network", "create", "--subnet", fmt.Sprintf("10.24%d.0.0/24", i)}, labels...), name)...)
		remove("network", "rm", name)
		dockerCLI(t, append(append([]string{"create", "--name", name}, labels...), image)...)
		remove("rm", "-f", name)
	}
	all := []string{"--label=netsim.run=" + id, "--label=netsim.scenario=x", dead, "--label=netsim.segment=office", "--label=netsim.keep=true"}
	other := "other-" + id // all labels, another name
	dockerCLI(t, append(append([]string{"network", "create", "--subnet", "10.249.0.0/24"}, all...), other)...)
	remove("network", "rm", other)
	dockerCLI(t, append(append([]string{"volume", "create"}, all...), other)...)
	remove("volume", "rm", other)
	return image
}

func hostname(t *testing.T) string {
	t.Helper()
	h, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// imageOf is the image of a run's nodes.
func imageOf(t testing.TB, id string) string {
	t.Helper()
	out := dockerCLI(t, "ps", "--filter", "label=netsim.run="+id, "--format", "{{.Image}}")
	name, _, _ := strings.Cut(out, "\n")
	return name
}
