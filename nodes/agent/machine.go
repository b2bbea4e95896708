package agent

import (
	"context"
	"os/exec"

	"netsim/topology"
)

// Machine is what a Server serves: one node, or all nodes of a plan.
type Machine interface {
	// Configure makes the machine the node that the setup describes.
	Configure(ctx context.Context, s Setup) error

	// Command prepares a command of a node: executable, arguments, environment,
	// directory. The server adds the standard streams and the session.
	Command(node string, c topology.Command) (*exec.Cmd, error)

	// Start calls cmd.Start where the program must be started: on a thread that
	// is in the node's network and has given up its privileges (see Launcher).
	Start(node string, cmd *exec.Cmd) error
}

// Cabled is a Machine whose links can be changed.
type Cabled interface {
	// SetLink changes what a link does.
	SetLink(node, network string, l topology.Link) error

	// Links are the links of a node, in order of its interfaces.
	Links(node string) ([]topology.LinkState, error)

	// Faults are what links have done since the last call.
	Faults() []topology.Fault
}

// Powered is a Machine whose nodes can be switched off and on. What it starts on a node that is
// not on, it refuses with *Off.
type Powered interface {
	// Power returns when it is done.
	Power(node string, p topology.Power) error

	// On is nil where programs can be started, and *Off where not.
	On(node string) error
}
