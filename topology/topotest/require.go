// Package topotest helps to test what is built on topology: networks by name and
// from a seed, a driver that records what it is asked and plays answers, and the
// rule for tests that need something of the machine.
package topotest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Require skips the test where the machine lacks a need, with the reason; where
// the environment variable NETSIM_REQUIRE names the need ("docker,native"), the test
// fails instead, so that CI cannot pass by skipping.
//
// A test that needs Docker waits for those that want to be Alone.
//
// Needs: "docker" (an engine answers), "native" (user namespaces can be made).
func Require(t testing.TB, need string) {
	t.Helper()
	check(t, need)
	if need == "docker" {
		share(t)
	}
}

func check(t testing.TB, need string) {
	t.Helper()
	reason := missing(need)
	if reason == "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("NETSIM_REQUIRE"), ","), need) {
		t.Fatalf("NETSIM_REQUIRE names %s: %s", need, reason)
	}
	t.Skipf("needs %s: %s", need, reason)
}

func missing(need string) string {
	switch need {
	case "docker":
		return probe("no Docker engine answers", "docker", "version", "--format", "{{.Server.Version}}")
	case "native":
		return probe("user namespaces cannot be made", "unshare", "--user", "--map-root-user", "--net", "true")
	}
	return "unknown need"
}

func probe(reason, name string, args ...string) string {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return reason + ": " + strings.TrimSpace(string(out)+" "+err.Error())
	}
	return ""
}
