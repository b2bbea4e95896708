package topology

import (
	"context"
	"io"
)

// Driver builds a Plan out of something real: Docker networks, namespaces.
type Driver interface {
	// Name is the word that --driver takes: "docker", "native".
	Name() string

	// Up builds the whole network, or nothing: after an error nothing is left. When
	// ctx ends, a half-built network is taken down and ctx's error returned.
	Up(ctx context.Context, run Run) (World, error)
}

// Run is one bringing-up of a plan.
type Run struct {
	ID   string // unique on this machine: letters, digits, hyphens
	Plan *Plan
	Keep bool // the caller intends to call Keeper.Keep

	// Dir is where a driver may put files of this run: nodes' working directories. It exists.
	Dir string

	// Progress is told of phases as they go; nil is allowed.
	Progress func(Progress)
}

// Progress tells that Done of Total parts of a phase ("networks", "nodes") are done.
type Progress struct {
	Phase       string
	Done, Total int
}

// World is a running network.
type World interface {
	// Start starts a command on a node. The process ends when it ends by itself, when
	// it is stopped, or when the world is closed.
	Start(ctx context.Context, node string, c Command) (Process, error)

	// Close takes the network down and returns once nothing of it is left. It may
	// be called more than once.
	Close() error
}

// Keeper is a World that can outlive the process that brought it up.
type Keeper interface {
	// Keep detaches the network from this process: the end of this process, and a
	// later Close, no longer take it down.
	Keep(ctx context.Context) error
}

// Watched is a World that tells when it is gone.
type Watched interface {
	// Done is closed when the network, or a node of it, has ended without Close, or with.
	Done() <-chan struct{}
}

// Cabled is a World whose links can be changed while traffic flows. A link is named by its node and
// network.
type Cabled interface {
	// SetLink changes what a link does. Connections survive; packets that are under way arrive. The
	// packets of each flow are counted from 1 again in a direction whose impairment is another now.
	SetLink(ctx context.Context, node, network string, l Link) error

	// Links are the links of a node, in order of its interfaces.
	Links(ctx context.Context, node string) ([]LinkState, error)

	// Faults are what links have done to packets since the last call, or since the beginning.
	Faults(ctx context.Context) ([]Fault, error)
}

// Power is what can be done to a whole node.
type Power string

const (
	PowerKill    Power = "kill"    // as a power cut: nothing is sent any more, programs are gone, files stay
	PowerRestart Power = "restart" // it is back, with its addresses and routes, and no programs
	PowerPause   Power = "pause"   // its programs stand still; its kernel still answers
	PowerResume  Power = "resume"
)

// Powered is a World whose nodes can be switched off and on.
type Powered interface {
	// Power returns when it is done. Nothing can be started on a node that is killed or paused.
	Power(ctx context.Context, node string, p Power) error
}

// Process is a command running on a node.
type Process interface {
	// Stdin writes to its standard input; Close is end of file.
	Stdin() io.WriteCloser
	// Stdout and Stderr must each be read to the end, or the process stalls.
	Stdout() io.Reader
	Stderr() io.Reader
	// Stop sends SIGTERM, and SIGKILL after DefaultGrace. It does not wait.
	Stop() error
	// Wait returns once the process has ended and its output is complete. An error
	// means that it is not known how it ended (the node is gone).
	Wait() (ExitStatus, error)
}

// Kept is a network that was brought up with --keep and still runs.
type Kept struct {
	Run      string   `json:"run"`
	Scenario string   `json:"scenario"`
	Driver   string   `json:"driver"`
	Nodes    []string `json:"nodes"`
	Since    string   `json:"since"` // RFC 3339
	Kept     bool     `json:"kept"`  // false: its `netsim up` is still running
}

// Registry finds networks that this or another netsim process brought up, and
// sweeps up what dead ones left.
type Registry interface {
	// List returns the networks that are up, in order of their run IDs.
	List(ctx context.Context) ([]Kept, error)
	// Open connects to a network that is up. Closing the World only disconnects.
	Open(ctx context.Context, run string) (World, error)
	// Down takes a network down.
	Down(ctx context.Context, run string) error
	// Sweep removes what dead runs left, and says what it removed in one line each.
	Sweep(ctx context.Context) ([]string, error)
}
