package scenarios_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"netsim/scenarios"
	"netsim/topology/topotest"
)

// nobodyInParticular is a user and group id that no account has.
const nobodyInParticular = "54321"

// An ordinary user, with no-new-privileges and without any capability, gets every
// shipped scenario with the native driver, and the machine is as it was.
func TestOrdinaryUserNeedsNothing(t *testing.T) {
	topotest.Alone(t, "native")
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	home := openDir(t)
	before, beforeNS := snapshot(t), namespaces(t)
	t.Run("scenarios", func(t *testing.T) {
		for _, name := range scenarios.Names() {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // they wait most of the time
				out, err := asOrdinaryUser(home, netsim, "up", "--driver", "native", name).CombinedOutput()
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	})
	if d := differences(before, snapshot(t)); d != "" {
		t.Error(d)
	}
	if left := waitFor(30*time.Second, func() string { return newSince(beforeNS, namespaces(t)) }); left != "" {
		t.Errorf("network namespaces before: %s\nnew ones: %s", beforeNS, left)
	}
}

// asOrdinaryUser is a command as such a user (setpriv(1)).
func asOrdinaryUser(home string, args ...string) *exec.Cmd {
	cmd := exec.Command("setpriv", append([]string{
		"--reuid", nobodyInParticular, "--regid", nobodyInParticular, "--clear-groups",
		"--no-new-privs", "--bounding-set", "-all", "--inh-caps", "-all",
	}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	cmd.Dir = home
	return cmd
}

// openDir is a directory that everybody may use, and the way to netsim's binary too.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "netsim-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, d := range []string{dir, filepath.Dir(netsim)} {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
