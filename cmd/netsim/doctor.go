package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

func doctorCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "what works on this machine, what does not, and what to do about it",
		Action: func(c *cli.Context) error {
			if err := noArguments(c, 0); err != nil {
				return err
			}
			works := 0
			for _, d := range drivers() {
				if examine(c.Context, t, d) {
					works++
				}
			}
			if works == 0 {
				return &status{cannotRun, errors.New("no driver works on this machine: mend one of the above")}
			}
			return nil
		},
	}
}

// examine says of one driver whether it works, and what else it has noticed.
func examine(ctx context.Context, t terminal, d builder) bool {
	err := d.Ready(ctx)
	if err != nil {
		fmt.Fprintf(t.out, "%-8s does not work: %s\n", d.Name(), indent(withHint(err)))
		return false
	}
	fmt.Fprintf(t.out, "%-8s works\n", d.Name())
	if a, ok := d.(adviser); ok {
		for _, line := range a.Advice(ctx) {
			fmt.Fprintf(t.out, "         %s\n", indent(line))
		}
	}
	return true
}

// adviser is a driver that works and still has something to say.
type adviser interface {
	Advice(ctx context.Context) []string
}

// indent puts the lines after the first under the second column.
func indent(text string) string {
	return strings.ReplaceAll(text, "\n", "\n         ")
}
