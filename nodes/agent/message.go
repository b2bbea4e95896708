package agent

import (
	"net/netip"
	"time"

	"netsim/topology"
)

const (
	// MaxLine is the longest message, in bytes. The setup of a node in the largest
	// plan has a hosts file of about 400 kB and files as long as a scenario.
	MaxLine = 16 << 20

	// Window is how many bytes of one stream of a program may be on their way.
	Window = 256 << 10

	// PingInterval is how often a client says that it is there.
	PingInterval = 5 * time.Second

	// Lease is how long either side lives on without hearing of the other.
	Lease = 30 * time.Second

	chunk = 32 << 10 // bytes of output in one message, at most

	faultRound = 4 << 20 // bytes of faults in one answer, about
)

// Setup is what makes a machine a node.
type Setup struct {
	Node  topology.Node       `json:"node"`
	Seed  uint64              `json:"seed"` // the plan's, for what its links do at random
	Names []topology.HostName `json:"names"`

	// Cables says which of the interfaces that are there becomes which of the plan:
	// from the plan's name to an address that it carries now. Nil: they have the plan's names.
	Cables map[string]netip.Addr `json:"cables,omitempty"`
}

// message is one line of the stream, in either direction.
type message struct {
	Verb    verb                 `json:"verb"`
	ID      uint64               `json:"id,omitempty"`
	Node    string               `json:"node,omitempty"`
	Setup   *Setup               `json:"setup,omitempty"`
	Command *topology.Command    `json:"command,omitempty"`
	Data    []byte               `json:"data,omitempty"`
	Stream  verb                 `json:"stream,omitempty"` // of a credit: stdin, stdout, stderr
	Bytes   int                  `json:"bytes,omitempty"`
	Exit    *topology.ExitStatus `json:"exit,omitempty"`
	Error   string               `json:"error,omitempty"`
	Missing string               `json:"missing,omitempty"` // of an error: the program that the node does not have
	Off     topology.Power       `json:"off,omitempty"`     // of an error: what was done to the node

	Network string               `json:"network,omitempty"`
	Link    *topology.Link       `json:"link,omitempty"`
	Power   topology.Power       `json:"power,omitempty"` // of a power: "" only asks whether the node is on
	Links   []topology.LinkState `json:"links,omitempty"`
	Faults  []topology.Fault     `json:"faults,omitempty"`
	More    bool                 `json:"more,omitempty"` // of an answer: ask again for the rest
}

type verb string

const (
	verbConfigure verb = "configure"
	verbStart     verb = "start"
	verbStdin     verb = "stdin"
	verbEOF       verb = "eof"
	verbStop      verb = "stop"
	verbKeep      verb = "keep"
	verbLink      verb = "link"
	verbLinks     verb = "links"
	verbFaults    verb = "faults"
	verbPower     verb = "power"
	verbPing      verb = "ping"
	verbCredit    verb = "credit"

	verbOK     verb = "ok"
	verbError  verb = "error"
	verbStdout verb = "stdout"
	verbStderr verb = "stderr"
	verbExit   verb = "exit"
	verbPong   verb = "pong"
)
