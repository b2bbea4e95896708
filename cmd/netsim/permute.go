package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// permute moves a command's flags before its other arguments, since the library stops
// at the first of those: `netsim up FILE --driver native` is what people type. What follows
// "--" stays, and so does everything behind exec's node and node's program, whose flags
// are not ours.
func permute(args []string, commands []*cli.Command) []string {
	if len(args) < 2 || args[len(args)-1] == completionFlag {
		return args
	}
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if i < 0 || commands[i].SkipFlagParsing {
		return args
	}
	flags, rest := split(args[2:], commands[i])
	if n := len(flags); n > 0 && flags[n-1] == args[len(args)-1] && takesValue(flags[n-1], commands[i]) {
		return slices.Concat(args[:2], flags) // its value is missing: the library sees that where nothing follows
	}
	return slices.Concat(args[:2], flags, rest)
}

func split(args []string, c *cli.Command) (flags, rest []string) {
	for len(args) > 0 {
		arg := args[0]
		switch {
		case arg == "--", c.Name == "exec" && !strings.HasPrefix(arg, "-"):
			return flags, append(rest, args...)
		case !strings.HasPrefix(arg, "-") || arg == "-":
			rest = append(rest, arg)
		default:
			flags = append(flags, arg)
			if takesValue(arg, c) && len(args) > 1 {
				flags = append(flags, args[1])
				args = args[1:]
			}
		}
		args = args[1:]
	}
	return flags, rest
}

// takesValue says whether the word after a flag is its value.
func takesValue(arg string, c *cli.Command) bool {
	name := strings.TrimLeft(arg, "-")
	for _, f := range c.Flags {
		if d, ok := f.(cli.DocGenerationFlag); ok && slices.Contains(f.Names(), name) {
			return d.TakesValue()
		}
	}
	return false
}
