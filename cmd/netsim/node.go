package main

import (
	"strings"

	"github.com/urfave/cli/v2"
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
			code := programs().Main(c.Context, c.Args().Slice(), t.in, t.out, t.err, forPeople(t.out))
			if code == 0 {
				return nil
			}
			return &status{code, nil}
		},
	}
}
