package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func checkCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:         "check",
		Usage:        "judge scenario files alone: all mistakes at once, nothing is started",
		ArgsUsage:    "FILE..",
		BashComplete: completeScenarios(t),
		Action: func(c *cli.Context) error {
			files, err := load(t, c.Args().Slice())
			if err != nil {
				return err
			}
			for _, f := range files {
				fmt.Fprintf(t.out, "%s: ok: %s, %s\n", f.Name, count(len(f.Plan.Nodes), "node"), count(len(f.Steps), "step"))
			}
			return nil
		},
	}
}

// count is "1 node", "2 nodes".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
