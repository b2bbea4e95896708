package scenario

import (
	"strings"
	"time"

	"netsim/topology"
)

// Limits and defaults of scenario files.
const (
	MaxSize           = 1 << 20          // bytes of a file
	DefaultSeed       = 1                // of everything random
	DefaultTimeout    = 2 * time.Minute  // of a whole run
	DefaultStepLimit  = 30 * time.Second // of one step that runs something
	longestExpression = 4096             // characters
	longestTime       = 24 * time.Hour
)

// File is a scenario that has no mistakes.
type File struct {
	Name     string // as given to Parse: a path, for messages
	Text     []byte // of the file
	About    string // what it shows, for people
	AboutZh  string // the same in Chinese
	Timeout  time.Duration
	Topology topology.Topology // what it asks for
	Plan     *topology.Plan    // what that comes to
	Setup    []*Step           // the hosts' `image:` and `run:` entries, in order; started before the first step
	Steps    []*Step           // none: the network is brought up and stays

	sources []source // what Fetch reads
	seeded  []seeded // the files whose content is made of the scenario's seed
}

// seeded is a host's file without a seed of its own.
type seeded struct{ host, file string }

// SetSeed takes another seed than the file says.
func (f *File) SetSeed(seed uint64) {
	f.Topology.Seed, f.Plan.Seed = seed, seed
	for _, s := range f.seeded {
		f.hostFile(s.host, s.file).Seed = seed
	}
}

// hostFile is a file of a host's entry. The plan's nodes share it.
func (f *File) hostFile(host, name string) *topology.File {
	for _, h := range f.Topology.Hosts {
		for i := range h.Files {
			if h.Name == host && h.Files[i].Name == name {
				return &h.Files[i]
			}
		}
	}
	return nil
}

// Line is a line of the file's text without its end, counted from 1; "" where there
// is none.
func (f *File) Line(n int) string {
	lines := strings.Split(string(f.Text), "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimRight(lines[n-1], "\r")
}

// Step is one step of a scenario.
type Step struct {
	ID       string        // its place: "3", "3.2" inside a parallel, "server/1" for a host's `run:`, "server/image"
	Name     string        // as the file says, or else what it does: "alice: ping bob"
	Verb     string        // "run"
	Position               // of the verb's value
	As       string        // the name of its result in later expressions; may be empty
	Timeout  time.Duration // zero: only the run's own
	Retry    time.Duration // zero: once
	Warning  bool          // a failure is told, and does not fail the run
	Setup    bool          // a host's `run:` entry
	Expect   []*Expectation
	Steps    []*Step // of a parallel

	action action
}

// Expectation is one expression of `expect`.
type Expectation struct {
	Position
	Text string
	expr *expression
}
