//go:build unix

package topotest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Tests of several packages run at the same time, and some of them look at the whole
// machine: at its firewall, at every object of the Docker engine. A lock file lets those
// have the machine alone: tests that need Docker hold it shared (Require does so), those
// hold it exclusively.

// Alone waits until no other test uses Docker, skips as Require does, and keeps others
// waiting until the test ends.
func Alone(t testing.TB, need string) {
	t.Helper()
	check(t, need)
	lock(t, syscall.LOCK_EX)
}

func lock(t testing.TB, how int) {
	t.Helper()
	name := filepath.Join(os.TempDir(), fmt.Sprintf("netsim-test-%d.lock", os.Getuid()))
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return
		}
		if err != syscall.EINTR {
			t.Fatal(err)
		}
	}
}

func share(t testing.TB) { lock(t, syscall.LOCK_SH) }
