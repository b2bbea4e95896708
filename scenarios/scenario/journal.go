package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"netsim/nodes"
	"netsim/topology"
)

// The files of a run's folder, besides each program's output.
const (
	journalFile  = "journal.jsonl"
	scenarioFile = "scenario.yaml"
	planFile     = "plan.json"
)

// Kind is a kind of record.
type Kind string

const (
	KindBegin   Kind = "begin"   // the first record: which scenario, on what
	KindStep    Kind = "step"    // one attempt at a step has ended
	KindProcess Kind = "process" // a background program has ended, by itself or with the run
	KindLink    Kind = "link"    // what links did to packets since the record before of this kind
	KindEnd     Kind = "end"     // the last record
)

// Record is one line of the journal. Times are those of the machine that runs netsim.
type Record struct {
	Kind Kind      `json:"record"`
	Time time.Time `json:"time"` // when it began

	Heading *Heading `json:"run,omitempty"` // of begin

	Step    string   `json:"step,omitempty"`    // Step.ID
	Attempt int      `json:"attempt,omitempty"` // from 1
	Name    string   `json:"name,omitempty"`    // for readers: the step's, or the background program's
	Node    string   `json:"node,omitempty"`    // for readers
	Command []string `json:"command,omitempty"` // for readers

	Seconds float64              `json:"seconds"` // how long it took
	Exit    *topology.ExitStatus `json:"exit,omitempty"`
	Stopped bool                 `json:"stopped,omitempty"` // the run ended the program
	Result  json.RawMessage      `json:"result,omitempty"`  // the result event, or the event awaited
	Problem string               `json:"problem,omitempty"` // why it did not come to a result; of end: why the run ended early
	Stderr  []string             `json:"stderr,omitempty"`  // the last lines
	Seen    []string             `json:"seen,omitempty"`    // what came instead of what was awaited
	Files   []string             `json:"files,omitempty"`   // the program's output, in the run's folder

	Faults []topology.Fault `json:"faults,omitempty"` // of link; Time is when they were asked for
}

// Heading says what a run is a run of.
type Heading struct {
	Run      string    `json:"id"`
	Driver   string    `json:"driver"`
	Started  time.Time `json:"started"`
	Scenario string    `json:"scenario"`
	File     string    `json:"file"`
	Seed     uint64    `json:"seed"`
}

// Journal writes down what happens, while it happens. It is safe for concurrent use.
type Journal struct {
	dir string

	mu      sync.Mutex
	file    *os.File
	records []Record
	err     error
}

// NewJournal makes a run's folder and begins its journal there, beside copies of
// scenario and plan. Of the heading, Run, Driver and Started are taken; file gives the rest.
func NewJournal(dir string, file *File, h Heading) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the run's folder: %w\n  --dir DIR, or XDG_STATE_HOME in the environment, names another place", err)
	}
	plan, err := json.MarshalIndent(file.Plan, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("the plan as JSON: %w", err)
	}
	for name, text := range map[string][]byte{scenarioFile: file.Text, planFile: append(plan, '\n')} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return nil, fmt.Errorf("the run's folder: %w", err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, journalFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the run's journal: %w", err)
	}
	h.Scenario, h.File, h.Seed = file.Topology.Name, file.Name, file.Plan.Seed
	j := &Journal{dir: dir, file: f}
	j.Append(Record{Kind: KindBegin, Time: h.Started, Heading: &h})
	return j, j.Err()
}

// Dir is the run's folder.
func (j *Journal) Dir() string { return j.dir }

// Append adds a record. After an error of the disk nothing more is written; Err tells.
func (j *Journal) Append(r Record) {
	line, err := json.Marshal(r)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, r)
	if err == nil && j.err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if j.err == nil && err != nil {
		j.err = fmt.Errorf("the run's journal: %w", err)
	}
}

// Records are all records so far.
func (j *Journal) Records() []Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.records)
}

// Err is the first error of writing, or nil.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Close closes the file. The records stay.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.file.Close()
}

// output makes a file for a program's output.
func (j *Journal) output(name string) (*os.File, error) {
	// A new file: nothing that a program may have put in its place is followed.
	f, err := os.OpenFile(filepath.Join(j.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the program's output: %w", err)
	}
	return f, nil
}

// ReadJournal reads the records of a run's folder. A last line that was not written to
// its end, because netsim was killed, is left out.
func ReadJournal(dir string) ([]Record, error) {
	f, err := os.Open(filepath.Join(dir, journalFile))
	if err != nil {
		return nil, fmt.Errorf("the run's journal: %w", err)
	}
	defer f.Close()
	var records []Record
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		var r Record
		if err == nil {
			err = json.Unmarshal(bytes.TrimSpace(line), &r)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: not a record: %w", f.Name(), n, err)
		}
		records = append(records, r)
	}
}

// ReadRun reads a run's folder: the scenario as it was, and what happened. Both together
// can be judged again.
func ReadRun(dir string, programs nodes.Set) (*File, []Record, error) {
	records, err := ReadJournal(dir)
	if err != nil {
		return nil, nil, err
	}
	if len(records) == 0 || records[0].Heading == nil {
		return nil, nil, fmt.Errorf("%s: the journal has no beginning", dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, scenarioFile))
	if err != nil {
		return nil, nil, fmt.Errorf("the run's scenario: %w", err)
	}
	file, err := Parse(records[0].Heading.File, text, programs)
	if err != nil {
		return nil, nil, fmt.Errorf("the run's scenario does not fit this version of netsim:\n%w", err)
	}
	file.SetSeed(records[0].Heading.Seed)
	return file, records, nil
}

// fileName makes a file's name of a step's ID.
func fileName(s string) string { return strings.NewReplacer("/", "-run-", ".", "-").Replace(s) }
