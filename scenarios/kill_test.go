package scenarios_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netsim/topology/topotest"
)

// victim is the scenario that is killed.
const victim = "lan-vs-routed"

// killAfter starts `netsim up` as a process group of its own and ends the whole group
// with SIGKILL after a while.
func killAfter(t *testing.T, moment time.Duration, driver string) {
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
func duration(t *testing.T, driver string) time.Duration {
	t.Helper()
	start := time.Now()
	out, err := exec.Command(netsim, "up", "--driver", driver, "--dir", t.TempDir(), victim).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return time.Since(start)
}

// Killed at any moment, a native run leaves no process and no namespace, at once and
// without any later command.
func TestKilledNativeRunLeavesNothingAtOnce(t *testing.T) {
	topotest.Alone(t, "native")
	const moments = 50
	whole := duration(t, "native")
	before := namespaces(t)
	for i := range moments {
		moment := whole * time.Duration(i) / moments
		killAfter(t, moment, "native")
		if left := waitFor(func() string { return processes() }); left != "" {
			t.Fatalf("killed after %s: still there:\n%s", moment, left)
		}
	}
	if after := waitFor(func() string { return strings.Replace(namespaces(t), before, "", 1) }); after != "" {
		t.Errorf("network namespaces before: %s\nafter: %s", before, after)
	}
}

// waitFor gives the kernel two seconds to finish what it has begun.
func waitFor(left func() string) string {
	for range 200 {
		if left() == "" {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
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
	whole := duration(t, "docker")
	others := lookAlikes(t)
	for i := range moments {
		moment := whole * time.Duration(i) / moments
		killAfter(t, moment, "docker")
		if out, err := exec.Command(netsim, "ls").CombinedOutput(); err != nil {
			t.Errorf("netsim ls: %v\n%s", err, out)
		}
		if left := ours(t); left != "" {
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

// ours is what Docker has with netsim's label.
func ours(t *testing.T) string {
	t.Helper()
	return docker(t, "ps", "-aq", "--filter", "label=netsim.run") + docker(t, "network", "ls", "-q", "--filter", "label=netsim.run") +
		docker(t, "volume", "ls", "-q", "--filter", "label=netsim.run")
}

// lookAlikes makes ten objects of somebody else with names and labels like ours, and
// returns a function that says which are there.
func lookAlikes(t *testing.T) func() []string {
	t.Helper()
	image := strings.Fields(docker(t, "images", "-q", "netsim"))[0]
	for i := range 5 {
		name := fmt.Sprintf("netsim-other-%d", i)
		docker(t, "network", "create", "--subnet", fmt.Sprintf("192.0.2.%d/28", 16*i), "--label", "netsim.scenario=other", "--label", "netsim=1", name)
		docker(t, "create", "--name", name, "--label", "netsim.node=alice", "--label", "netsim.owner=1:1:x", "--network", "none", image)
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
