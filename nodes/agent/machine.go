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
