// Command netsim builds networks of real Linux hosts and routers, runs programs on
// them, and judges what a scenario file expects of them.
//
//	netsim up scenarios/lan-vs-routed.yaml
//
// One binary is three things, told apart by its first argument before any flag is
// read: the command line, the first process of a node (agent, native), and the node programs (node).
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"netsim/nodes/agent"
	"netsim/topology/native"
)

// Exit statuses.
const (
	allHold     = 0
	oneFails    = 1
	wrongInput  = 2 // the scenario or the command line
	cannotRun   = 3 // this machine
	interrupted = 130
)

// completionFlag is what completion scripts end the line with.
const completionFlag = "--generate-bash-completion"

func main() {
	os.Exit(run(os.Args, terminal{os.Stdin, os.Stdout, os.Stderr}))
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// run is main with its surroundings as arguments.
func run(args []string, t terminal) int {
	if len(args) > 1 && args[len(args)-1] != completionFlag {
		switch args[1] {
		case "agent":
			return agent.Main(args[2:])
		case "native":
			return native.Main(args[2:])
		case "node":
			return runProgram(context.Background(), programs(), args[2:], t)
		}
	}
	a := app(t)
	err := a.Run(permute(args, a.Commands))
	if err == nil {
		return allHold
	}
	return tell(t.err, err)
}

// peopleRead in a node program's environment says that a terminal is at the other end
// of its output, though it does not see one.
const peopleRead = "NETSIM_PEOPLE_READ"

// forPeople says whether a node program writes text instead of JSON.
func forPeople(w io.Writer) bool { return isTerminal(w) || os.Getenv(peopleRead) != "" }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// status is an error with the exit status that it means.
type status struct {
	code int
	err  error // nil: all has been said already
}

func (s *status) Error() string {
	if s.err == nil {
		return fmt.Sprintf("exit status %d", s.code)
	}
	return s.err.Error()
}

func (s *status) Unwrap() error { return s.err }
