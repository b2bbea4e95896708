package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/joshdk/go-junit"

	"netsim/nodes"
	"netsim/scenarios/report"
	"netsim/scenarios/scenario"
)

var update = flag.Bool("update", false, "write the golden files anew")

// programs has what testdata/run names.
func programs() nodes.Set {
	return nodes.Set{{Name: "ping", Forms: []nodes.Form{{
		Args:  []nodes.Arg{{Name: "HOST", Type: nodes.Host}},
		Flags: []nodes.Flag{{Name: "count", Type: nodes.Int, Default: "5"}},
		Result: []nodes.Field{
			{Name: "sent", Type: nodes.Int}, {Name: "received", Type: nodes.Int}, {Name: "lost", Type: nodes.Int},
			{Name: "loss", Type: nodes.Ratio}, {Name: "ttl", Type: nodes.Int},
			{Name: "rtt", Type: nodes.Object, Fields: []nodes.Field{
				{Name: "min", Type: nodes.Duration}, {Name: "avg", Type: nodes.Duration}, {Name: "max", Type: nodes.Duration},
			}},
			{Name: "from", Type: nodes.Texts},
		},
	}}}}
}

// recorded is the report of the run in testdata.
func recorded(t *testing.T) report.Report {
	t.Helper()
	file, records, err := scenario.ReadRun("testdata/run", programs())
	if err != nil {
		t.Fatal(err)
	}
	return report.New(file, records, "/var/lib/runs/side-by-side-1")
}

// passing is a report of which everything holds.
func passing() report.Report {
	return report.Report{
		Scenario: "hello", File: "hello.yaml", Driver: "native", Seed: 1, Seconds: 0.25,
		Verdicts: scenario.Verdicts{{Step: "1", Name: "bob answers", Verb: "run", Outcome: scenario.Passed, Seconds: 0.2}},
	}
}

// TestFormats compares every format with its golden file.
func TestFormats(t *testing.T) {
	for _, name := range report.Names() {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := report.Write(&got, name, []report.Report{recorded(t), passing()}); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "report."+name), got.String())
			if strings.Contains(got.String(), "\x1b") {
				t.Error("a file with colours")
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestJUnitIsRead reads the file with a parser that is not ours.
func TestJUnitIsRead(t *testing.T) {
	var out bytes.Buffer
	if err := report.Write(&out, "junit", []report.Report{recorded(t), passing()}); err != nil {
		t.Fatal(err)
	}
	suites, err := junit.Ingest(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(suites) != 2 || suites[1].Totals.Passed != 1 || suites[1].Totals.Failed != 0 {
		t.Fatalf("suites: %+v", suites)
	}
	s := suites[0]
	// Five steps, two inside a parallel, one not run, and the run that ended early.
	if s.Totals.Tests != 9 || s.Totals.Failed != 4 || s.Totals.Skipped != 1 || s.Totals.Error != 1 || s.Properties["seed"] != "7" || s.Properties["driver"] != "docker" {
		t.Errorf("totals %+v, properties %v", s.Totals, s.Properties)
	}
	var body junit.Error
	if second := s.Tests[1]; !errors.As(second.Error, &body) || !strings.Contains(body.Body, "scenarios/side-by-side.yaml:27:9") ||
		body.Message != "want lost == 0, got lost = 1 of 5; want ttl == 62, got ttl = 63" || second.Classname != "side-by-side" {
		t.Errorf("second test: %+v", second)
	}
	if warned := s.Tests[4]; warned.Status != junit.StatusPassed || !strings.Contains(warned.SystemOut, "rtt.avg = 1.235ms") {
		t.Errorf("the warning: %+v", warned)
	}
}

func TestJSONIsRead(t *testing.T) {
	for want, reports := range map[bool][]report.Report{true: {passing()}, false: {passing(), recorded(t)}} {
		var out bytes.Buffer
		if err := report.Write(&out, "json", reports); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Passed  bool
			Reports []report.Report
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(reports, got.Reports, cmpopts.EquateComparable(netip.AddrPort{})); got.Passed != want || diff != "" {
			t.Errorf("passed %v, want %v; reports (-want +got):\n%s", got.Passed, want, diff)
		}
	}
}

func TestColour(t *testing.T) {
	var out bytes.Buffer
	report.Text{W: &out, Colour: true}.Whole(passing())
	if !strings.Contains(out.String(), "\x1b[32mok  \x1b[0m  bob answers") {
		t.Errorf("got %q", out.String())
	}
}

func TestUnknownFormat(t *testing.T) {
	err := report.Write(nil, "html", nil)
	if want := "there is no report format \"html\"\n  valid: json, junit, text"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	for _, name := range report.Names() {
		if err := report.Write(full{}, name, []report.Report{passing()}); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
