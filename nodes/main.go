package nodes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// Exit statuses of programs.
const (
	Worked  = 0
	NotDone = 1 // it did not work; the result's error says why
	Misused = 2 // wrong command line
)

// Main runs the program that args name and returns its exit status. Events go to
// stdout, as text for people where it is a terminal; logs and errors go to stderr.
// SIGINT, SIGTERM and SIGHUP end the program's context; a second one ends the process at once. Who does
// not read the output stops no server, and nobody from ending (spool). `help`, `help PROGRAM`,
// --help and -h print what there is.
func (s Set) Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, terminal bool) int {
	if name, ok := asksHelp(args); ok {
		return s.printHelp(name, stdout, stderr)
	}
	call, err := s.Find(args)
	if err != nil {
		return report(stderr, "", err)
	}
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	out := newSpool(call.Form.Server)
	if !call.Form.Server {
		defer context.AfterFunc(ctx, out.hurry)()
	}
	call.Stdin, call.Stderr, call.spool = stdin, out.to(stderr), out
	err = call.run(ctx, &Emitter{Out: out.to(stdout), People: terminal})
	status := report(call.Stderr, call.Program.Name+": ", err)
	switch err := out.flush(ctx); {
	case status != Worked || err == nil:
		return status
	case errors.Is(err, errUnread):
		return NotDone // nobody reads why
	default:
		return report(stderr, call.Program.Name+": ", err)
	}
}

// endings are the signals that end a program; that the terminal is gone does not, where whoever
// started it has said so (nohup).
func endings() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	}
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
}

// report writes an error for people and returns the exit status that it stands for.
func report(stderr io.Writer, where string, err error) int {
	var usage *UsageError
	switch {
	case err == nil:
		return Worked
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, usage.Message)
		if usage.Hint != "" {
			fmt.Fprintln(stderr, "  "+usage.Hint)
		}
		return Misused
	}
	fmt.Fprintf(stderr, "%s%v\n", where, FailureOf(err))
	return NotDone
}

// asksHelp says whether the command line asks for help, and about which program.
func asksHelp(args []string) (name string, ok bool) {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	if len(args) > 0 && args[0] == "help" {
		args, ok = args[1:], true
	}
	if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		ok = true
	}
	if len(args) > 0 && args[0] != "--help" && args[0] != "-h" {
		name = args[0]
	}
	return name, ok
}

func (s Set) printHelp(name string, stdout, stderr io.Writer) int {
	text := s.Help()
	if name != "" {
		p, err := s.program([]string{name})
		if err != nil {
			return report(stderr, "", err)
		}
		text = p.Help()
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		return report(stderr, "help: ", err)
	}
	return Worked
}
