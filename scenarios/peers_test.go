package scenarios_test

import (
	"path/filepath"
	"strings"
	"testing"

	"netsim/topology/topotest"
)

// Programs that know nothing of netsim, in Python, are the other end of each plain protocol: their
// server with our client, our server with their client. Each file of testdata/peers is a
// scenario whose nodes run both.
func TestIndependentProgramsAtTheOtherEnd(t *testing.T) {
	files, err := filepath.Glob("testdata/peers/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			topotest.Require(t, "native")
			t.Parallel() // they wait most of the time
			if out, status := newCommand(t).run("up", "--driver", "native", file); status != 0 {
				t.Errorf("exit status %d\n%s", status, out)
			}
		})
	}
}
