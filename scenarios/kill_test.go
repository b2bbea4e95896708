package scenarios_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"netsim/topology/topotest"
)

// crowd is a scenario of which most of the time is the building of its network.
const crowd = `name: crowd
networks: { a: 10.1.0.0/20, b: 10.2.0.0/20 }
routers: { gw: [a, b] }
hosts: { x: { networks: a, count: 300 }, y: { networks: b, count: 300 } }
steps:
  - { on: x-1, run: ping y-1 --count 1 }
`

// killAfter starts `netsim up` as a process group of its own and ends the whole group
// with SIGKILL after a while.
func killAfter(t *testing.T, moment time.Duration, driver, victim string) {
	t.Helper()
	cmd := exec.Command(netsim, "up", "--driver", driver, "--dir", t.TempDir(), victim)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(moment)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
}

// duration is how long an undisturbed run takes.
func duration(t *testing.T, driver, victim string) time.Duration {
	t.Helper()
	start := time.Now()
	out, err := exec.Command(netsim, "up", "--driver", driver, "--dir", t.TempDir(), victim).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return time.Since(start)
}

// Killed at any moment, of the building and of the steps, a native run leaves no process and no
// namespace, at once and without any later command.
func TestKilledNativeRunLeavesNothingAtOnce(t *testing.T) {
	topotest.Alone(t, "native")
	const moments = 25 // of each
	file := filepath.Join(t.TempDir(), "crowd.yaml")
	if err := os.WriteFile(file, []byte(crowd), 0o600); err != nil {
		t.Fatal(err)
	}
	before := namespaces(t)
	for _, victim := range []string{"lan-vs-routed", file} {
		whole := duration(t, "native", victim)
		for i := range moments {
			moment := whole * time.Duration(i) / moments
			killAfter(t, moment, "native", victim)
			if left := waitFor(time.Second, processes); left != "" {
				t.Fatalf("killed after %s: still there:\n%s", moment, left)
			}
		}
	}
	if left := waitFor(30*time.Second, func() string { return newSince(before, namespaces(t)) }); left != "" {
		t.Errorf("network namespaces before: %s\nnew ones: %s", before, left)
	}
}

// waitFor gives the kernel time to finish what it has begun.
func waitFor(limit time.Duration, left func() string) string {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if left() == "" {
			return ""
		}
	}
	return left()
}

// processes are those that run netsim's binary, but for zombies.
func processes() string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, l := range links {
		if target, err := os.Readlink(l); err == nil && target == netsim {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(l), "cmdline"))
			found = append(found, filepath.Dir(l)+": "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return strings.Join(found, "\n")
}

// Killed at any moment of its way up, a Docker run leaves nothing that the next netsim
// command does not sweep up; what only looks like ours stays.
func TestKilledDockerRunIsSweptUp(t *testing.T) {
	topotest.Alone(t, "docker")
	const moments = 30
	const victim = "lan-vs-routed"
	whole := duration(t, "docker", victim)
	before := ours(t)
	others := lookAlikes(t)
	for i := range moments {
		moment := whole * time.Duration(i) / moments
		killAfter(t, moment, "docker", victim)
		if out, err := exec.Command(netsim, "ls").CombinedOutput(); err != nil {
			t.Errorf("netsim ls: %v\n%s", err, out)
		}
		if left := newSince(before, ours(t)); left != "" {
			t.Fatalf("killed after %s: still there:\n%s", moment, left)
		}
		if left := processes(); left != "" {
			t.Fatalf("killed after %s: still there:\n%s", moment, left)
		}
	}
	if still := others(); len(still) != 10 {
		t.Errorf("of 10 objects of somebody else %d are left: %v", len(still), still)
	}
}

// ours is what Docker has with netsim's label, but for the look-alikes.
func ours(t *testing.T) string {
	t.Helper()
	var found []string
	for _, args := range [][]string{{"ps", "-a", "--format", "{{.Names}}"}, {"network", "ls", "--format", "{{.Name}}"}, {"volume", "ls", "--format", "{{.Name}}"}} {
		for _, name := range strings.Fields(docker(t, append(args, "--filter", "label=netsim.run")...)) {
			if !strings.HasPrefix(name, "netsim-other-") {
				found = append(found, args[0]+" "+name)
			}
		}
	}
	return strings.Join(found, "\n")
}

// lookAlikes makes ten objects of somebody else with names and labels like ours, of an owner that
// is dead, and returns a function that says which are there.
func lookAlikes(t *testing.T) func() []string {
	t.Helper()
	image := strings.Fields(docker(t, "images", "-q", "netsim"))[0]
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	labels := []string{"--label", "netsim.run=other", "--label", "netsim.scenario=other", "--label", "netsim.owner=1 1 00000000-0000-0000-0000-000000000000 1 " + host}
	for i := range 5 {
		name := fmt.Sprintf("netsim-other-%d", i)
		docker(t, slices.Concat([]string{"network", "create", "--subnet", fmt.Sprintf("192.0.2.%d/28", 16*i), "--label", "netsim.segment=office"}, labels, []string{name})...)
		docker(t, slices.Concat([]string{"create", "--name", name, "--label", "netsim.node=alice", "--network", "none"}, labels, []string{image})...)
		t.Cleanup(func() {
			docker(t, "rm", "-f", name)
			docker(t, "network", "rm", name)
		})
	}
	return func() []string {
		return strings.Fields(docker(t, "ps", "-aq", "--filter", "name=netsim-other-") + docker(t, "network", "ls", "-q", "--filter", "name=netsim-other-"))
	}
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %v: %v: %s", args, err, out)
	}
	return string(out)
}
