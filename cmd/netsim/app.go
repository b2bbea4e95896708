package main

import (
	"fmt"
	"regexp"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// app is the command line as a table of commands.
func app(t terminal) *cli.App {
	return &cli.App{
		Name:                 "netsim",
		Usage:                "build networks of real Linux hosts, run programs on them, judge what happens",
		Version:              version(),
		EnableBashCompletion: true,
		Suggest:              true,
		Reader:               t.in,
		Writer:               t.out,
		ErrWriter:            t.err,
		ExitErrHandler:       func(*cli.Context, error) {}, // the exit status is run's business
		OnUsageError:         usageError,
		CommandNotFound:      func(*cli.Context, string) {},
		Action:               unknownCommand,
		Commands:             commands(t),
	}
}

func commands(t terminal) []*cli.Command {
	all := []*cli.Command{
		upCommand(t),
		checkCommand(t),
		planCommand(t),
		lsCommand(t),
		downCommand(t),
		execCommand(t),
		linkCommand(t),
		doctorCommand(t),
		nodeCommand(t),
		completionCommand(t),
	}
	for _, c := range all {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
	}
	return all
}

// unknownCommand is what happens without a command: help, or an error for a word that is none.
func unknownCommand(c *cli.Context) error {
	word := c.Args().First()
	if word == "" {
		return cli.ShowAppHelp(c)
	}
	var names []string
	for _, command := range c.App.VisibleCommands() {
		names = append(names, command.Name)
	}
	return &status{wrongInput, fmt.Errorf("there is no command %q\n  %s", word, suggest(word, names))}
}

func usageError(c *cli.Context, err error, _ bool) error {
	return &status{wrongInput, fmt.Errorf("%s\n  netsim %s --help shows the flags", flagMistake(c, err.Error()), c.Command.Name)}
}

// What the library says of flags, with one hyphen: they are typed with two.
var (
	unknownFlag = regexp.MustCompile(`^flag provided but not defined: -+(.*)$`)
	emptyFlag   = regexp.MustCompile(`^flag needs an argument: -+(.*)$`)
	wrongValue  = regexp.MustCompile(`^invalid value (".*") for flag -+(.*?): .*$`)
)

// flagMistake says it as netsim does.
func flagMistake(c *cli.Context, text string) string {
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		var names []string
		for _, f := range c.Command.VisibleFlags() {
			names = append(names, "--"+f.Names()[0])
		}
		return "unknown flag --" + m[1] + "\n  " + suggest("--"+m[1], names)
	}
	if m := emptyFlag.FindStringSubmatch(text); m != nil {
		return "--" + m[1] + " needs a value"
	}
	if m := wrongValue.FindStringSubmatch(text); m != nil {
		return "--" + m[2] + ": " + m[1] + " is no value for it"
	}
	return text
}

// noArguments refuses words that a command does nothing with.
func noArguments(c *cli.Context, most int) error {
	if c.NArg() > most {
		return &status{wrongInput, fmt.Errorf("%s: nothing is known of %q\n  netsim %s --help shows what it takes", c.Command.Name, c.Args().Get(most), c.Command.Name)}
	}
	return nil
}

// version is the module's version, or the commit that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}
