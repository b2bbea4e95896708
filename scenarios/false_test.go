package scenarios_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netsim/scenarios"
	"netsim/topology/topotest"
)

// Each expectation of lan-vs-routed, made false: exit status 1, the user's own line, what
// was wanted and got, and why.
func TestFalseExpectationsFailWithTheirReason(t *testing.T) {
	topotest.Require(t, "native")
	text, ok := scenarios.Read("lan-vs-routed")
	if !ok {
		t.Fatal("lan-vs-routed is not shipped")
	}
	for _, x := range []struct{ holds, fails, got, why string }{
		{"received == sent\n      - ttl == 64", "received == sent + 1\n      - ttl == 64", "received = 5, sent = 5", "alice -> bob: alice, bob"},
		{"ttl == 64", "ttl == 63", "ttl = 64", "no router"},
		{"ttl == 63", "ttl == 64", "ttl = 63", "alice -> carol: alice, gw, carol: one router, so ttl 64 arrives as 63"},
		{`path == ["gw", "carol"]`, `path == ["carol"]`, `path = ["gw", "carol"]`, "alice, gw, carol"},
		{"routed.ttl == same_lan.ttl - 1", "routed.ttl == same_lan.ttl", "routed.ttl = 63, same_lan.ttl = 64", "one router"},
	} {
		t.Run(x.fails, func(t *testing.T) {
			if strings.Count(string(text), x.holds) != 1 {
				t.Fatalf("lan-vs-routed has not exactly one %q", x.holds)
			}
			out := failing(t, strings.Replace(string(text), x.holds, x.fails, 1))
			line, _, _ := strings.Cut(x.fails, "\n")
			for _, want := range []string{"FAIL", line, "want  " + line, "got   " + x.got, "why   ", x.why} {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}

// failing runs a scenario that must end with exit status 1.
func failing(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "changed.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(netsim, "up", "--driver", "native", "--dir", t.TempDir(), file).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("%v, want exit status 1\n%s", err, out)
	}
	return string(out)
}
