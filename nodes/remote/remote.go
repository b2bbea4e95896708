// Package remote is the program `remote`: commands on another node, in two forms.
//
//	remote serve --secret key.txt                     waits for operators
//	remote run bob --secret key.txt -- uname -a       {"event":"result",…,"exit":0,"stdout":"Linux …"}
//
// Here the operator connects, and both prove with package mutual that they have the secret. Then the session
// carries one message each way, JSON (RFC 8259):
//
//	operator                                        server
//	  │  {"command":["uname","-a"]}                   │   the argument vector
//	  │ ────────────────────────────────────────────► │   allowed? run it, within its limits
//	  │  {"exit":0,"stdout":"TGl…","stderr":"",       │   output in base64: it is bytes
//	  │   "cut":0,"error":""}                         │   error: a word, cut: bytes thrown away
//	  │ ◄──────────────────────────────────────────── │
//
// The other form is what courses teach, and insecure: the operator listens, whoever connects is its agent, and everything
// can be read and changed on the way.
//
//	remote operator                                 an agent
//	  │ ◄──────────────── connects ────────────────── │
//	  │  date                                         │   text without framing: what one read
//	  │ ────────────────────────────────────────────► │   returns is the command
//	  │  length (4 bytes) ‖ output ‖ error output     │   package framing
//	  │ ◄──────────────────────────────────────────── │
//	  │  q                                            │   ends it
//	  │ ────────────────────────────────────────────► │
//
// Both of our agents (`remote serve`, `remote agent`) run what their list has, word for word, and nothing else; never
// through a shell; in a process group that is killed when its time is up, when the operator leaves, and when the
// agent is told to end. When the agent itself is killed (SIGKILL), the kernel kills the command, but what that has started
// lives on.
package remote

import (
	"netsim/nodes"
)

// Program describes `remote`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "remote", Summary: "runs listed commands on another node",
		Forms: []nodes.Form{serveForm(), runForm(), operatorForm(), agentForm()},
	}
}

const defaultPort = "8080"

func portFlag(help string) nodes.Flag {
	return nodes.Flag{Name: "port", Type: nodes.Int, Default: defaultPort, Min: "1", Max: "65535", Help: help}
}

func listenFlag() nodes.Flag {
	return nodes.Flag{Name: "port", Type: nodes.Int, Default: defaultPort, Max: "65535", Help: "TCP port; 0 for any free one"}
}

// runnerFlags are those of both agents.
func runnerFlags() []nodes.Flag {
	return []nodes.Flag{
		{Name: "allow", Type: nodes.Path, Help: "file of the commands that may be run, one a line; a short list of harmless ones when not given"},
		{Name: "limit", Type: nodes.Duration, Default: "10s", Min: "1ms", Max: "1h", Help: "a command may take so long, then its process group is killed"},
		{Name: "output", Type: nodes.Size, Default: "64KiB", Max: "1MiB", Help: "so much is kept of standard output, and of standard error; the rest is thrown away and counted"},
	}
}

// runnerNotes say what the agents run.
func runnerNotes() []string {
	return []string{
		"It runs the commands of its list word for word, never through a shell, with standard input empty and of the environment only PATH; anything else is denied.",
		"A line of the list is a command: words between blanks, quotes around a word with blanks. Lines that begin with # are comments. The first word netsim is this very program.",
		"Without --allow the list is: " + defaultNames() + ". On Docker nodes there is no other program than netsim.",
		"When it is killed (SIGKILL) so is the command, on Linux, but not what that has started.",
	}
}

// commandFields are of the event that a command has been asked for.
func commandFields() []nodes.Field {
	return []nodes.Field{
		{Name: "command", Type: nodes.Texts, Help: "the words of the command"},
		{Name: "exit", Type: nodes.Int, Help: "its exit status, 128 and the number of a signal that ended it, or -1 when it did not run"},
		{Name: "error", Type: nodes.Text, Help: `why it did not run or end: denied, timeout, not found, refused when too many were running, closed when the operator left; else ""`},
	}
}

// maxEvents bounds how many events of a kind one run emits. What comes after is counted in the
// result alone.
const maxEvents = 1000
