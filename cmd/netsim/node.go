package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"netsim/nodes"
)

// nodeCommand is there for the help and for completion: run dispatches `netsim node`
// before the command line is set up.
func nodeCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:            "node",
		Usage:           "run a node program on this very machine; help lists them",
		ArgsUsage:       "PROGRAM [ARGUMENT..]",
		Description:     "Programs: " + strings.Join(programs().Names(), ", ") + ". netsim node help PROGRAM explains one.",
		SkipFlagParsing: true,
		BashComplete: func(*cli.Context) {
			for _, name := range programs().Names() {
				t.out.Write([]byte(name + "\n"))
			}
		},
		Action: func(c *cli.Context) error {
			code := runProgram(c.Context, programs(), c.Args().Slice(), t)
			if code == 0 {
				return nil
			}
			return &status{code, nil}
		},
	}
}

// runProgram runs a node program in this process and returns its exit status.
func runProgram(ctx context.Context, set nodes.Set, args []string, t terminal) int {
	people := forPeople(t.out)
	ctx, t, done := prompted(ctx, t, readsLines(set, args))
	defer done()
	return set.Main(ctx, args, t.in, t.out, t.err, people)
}
