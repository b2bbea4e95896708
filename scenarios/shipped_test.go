package scenarios_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netsim/scenarios"
	"netsim/scenarios/scenario"
	"netsim/topology/topotest"
)

// Every shipped scenario passes with every driver, and what its steps found is equal
// field by field; only times differ.
func TestShippedScenariosOverEveryDriver(t *testing.T) {
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait most of the time
			var first map[string]any
			for _, d := range drivers() {
				t.Run(d.Name(), func(t *testing.T) {
					topotest.Require(t, d.Name())
					got := results(t, d.Name(), name)
					if first == nil || timeDecides[name] {
						first = got
					}
					if diff := cmp.Diff(first, got); diff != "" {
						t.Errorf("results differ between drivers:\n%s", diff)
					}
				})
			}
		})
	}
}

// results are the results of a run's steps by their IDs, without what is measured in time.
func results(t *testing.T, driver, name string) map[string]any {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(netsim, "up", name, "--driver", driver, "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found := map[string]any{}
	for _, r := range recordsIn(t, dir) {
		if r.Kind == scenario.KindStep && r.Result != nil {
			var fields map[string]any
			if err := json.Unmarshal(r.Result, &fields); err != nil {
				t.Fatal(err)
			}
			found[r.Step] = timeless(fields)
		}
	}
	if len(found) == 0 {
		t.Fatal("the journal has no results")
	}
	return found
}

// recordsIn is the journal of the only run in a folder.
func recordsIn(t *testing.T, dir string) []scenario.Record {
	t.Helper()
	runs, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d run folders, %v", len(runs), err)
	}
	records, err := scenario.ReadJournal(runs[0])
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// timeDecides are the scenarios in which time decides what happens to packets: a full queue drops. Their
// own expectations must do.
var timeDecides = map[string]bool{"bufferbloat": true}

// chance are the fields that measure time, and those that the kernel picks.
var chance = []string{"time", "seconds", "rtt", "latency", "throughput", "retransmits", "port"}

func timeless(fields map[string]any) map[string]any {
	for name := range fields {
		if slices.Contains(chance, name) {
			delete(fields, name)
		}
	}
	if stdout, ok := fields["stdout"].(string); ok { // of a program of ours that ran elsewhere
		fields["stdout"] = regexp.MustCompile(`"time":"[^"]*"`).ReplaceAllString(stdout, "")
	}
	if from, ok := fields["from"].([]any); ok { // in order of arrival
		slices.SortFunc(from, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return fields
}
