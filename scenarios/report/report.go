// Package report writes what came of runs: as text for people, as JSON, and as the JUnit
// XML that CI systems read.
//
// A format is one file and one line in the table of Formats. Colour is asked for by the
// caller (Text.Colour), who knows whether a terminal reads it; files never have any.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"netsim/scenarios/scenario"
	"netsim/topology"
)

// Report is what is told of one run of one scenario.
type Report struct {
	Scenario string            `json:"scenario"`
	File     string            `json:"file"`
	Driver   string            `json:"driver"`
	Seed     uint64            `json:"seed"`
	Run      string            `json:"run,omitempty"` // its ID
	Started  time.Time         `json:"started"`
	Seconds  float64           `json:"seconds"`           // of the steps, without building the network
	Dir      string            `json:"dir,omitempty"`     // the run's folder
	Problem  string            `json:"problem,omitempty"` // why the run ended early; "" when it did not
	Crashed  []string          `json:"crashed,omitempty"` // background programs, in words
	Inexact  []string          `json:"inexact,omitempty"` // links that lost packets because the machine was too slow, in words
	Faults   []topology.Fault  `json:"faults,omitempty"`  // what links did to packets
	Verdicts scenario.Verdicts `json:"verdicts"`
}

// New makes the report of a run from its journal. dir may be empty.
func New(file *scenario.File, records []scenario.Record, dir string) Report {
	r := Report{
		Scenario: file.Topology.Name, File: file.Name, Seed: file.Plan.Seed, Dir: dir,
		Crashed: scenario.Crashed(file, records), Inexact: scenario.Inexact(records), Faults: scenario.Faults(records),
		Verdicts: scenario.Judge(file, records),
	}
	for _, rec := range records {
		switch {
		case rec.Heading != nil:
			r.Driver, r.Run, r.Started = rec.Heading.Driver, rec.Heading.Run, rec.Heading.Started
		case rec.Kind == scenario.KindEnd:
			r.Seconds, r.Problem = rec.Seconds, rec.Problem
		}
	}
	return r
}

// Passed says whether the run came to its end and no step failed.
func (r Report) Passed() bool { return r.Problem == "" && r.Verdicts.Hold() }

// Format writes reports, one for each scenario of a command line.
type Format func(w io.Writer, reports []Report) error

// Formats are the words that --report takes.
func Formats() map[string]Format {
	return map[string]Format{
		"text":  writeText,
		"json":  writeJSON,
		"junit": writeJUnit,
	}
}

// Names are the names of the formats, sorted.
func Names() []string { return slices.Sorted(maps.Keys(Formats())) }

// Write writes reports in the format of that name.
func Write(w io.Writer, format string, reports []Report) error {
	f, ok := Formats()[format]
	if !ok {
		return fmt.Errorf("there is no report format %q\n  valid: %s", format, strings.Join(Names(), ", "))
	}
	return f(w, reports)
}

// seconds writes a time for people: 40ms, 1.3s, 2m5s.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
