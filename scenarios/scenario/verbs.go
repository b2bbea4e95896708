package scenario

import (
	"context"
	"fmt"

	"netsim/nodes"
)

// verb is a word that a step can begin with.
type verb struct {
	name string
	keys []string // that its steps take, besides name, expect and level
	// read reads the verb's value and keys; nil means that there are mistakes.
	read func(*stepReader) action
}

// verbs is all of them, in the order of the reference. A new verb is a line here and a
// file of its own.
func verbs() []verb {
	return []verb{
		{"run", []string{"on", "stdin", "env", "as", "timeout", "retry"}, readRun},
		{"exec", []string{"on", "stdin", "env", "as", "timeout", "retry"}, readExec},
		{"start", []string{"on", "run", "exec", "env", "ready", "as", "timeout"}, readStart},
		{"send", []string{"to", "timeout"}, readSend},
		{"await", []string{"event", "within", "as", "timeout"}, readAwait},
		{"stop", []string{"as", "timeout"}, readStop},
		{"link", []string{"set", "timeout"}, readSet},
		{"partition", []string{"timeout"}, readPartition},
		{"heal", []string{"timeout"}, readHeal},
		{"kill", []string{"timeout"}, readKill},
		{"restart", []string{"timeout"}, readRestart},
		{"pause", []string{"timeout"}, readPause},
		{"resume", []string{"timeout"}, readResume},
		{"wait", nil, readWait},
		{"parallel", []string{"timeout"}, readParallel},
		{"compare", nil, readCompare},
	}
}

// action is what a step does: the part of it that its verb decides.
type action interface {
	fmt.Stringer // the step's name where the file gives none

	// result is what is known of the fields of its result, before there is one.
	result() signature

	// do does it. It fills in the record's outcome: what came of it, or why
	// nothing did. ctx ends with the step's timeout.
	do(ctx context.Context, r *runner, s *Step) Record
}

// commander is an action that runs a command, or deals with one that runs already.
type commander interface{ ran() *command }

// wanter is an action that can say what it wants, for reports of one that came to nothing.
type wanter interface{ wants() string }

// commandOf is the command of a step, or nil.
func commandOf(s *Step) *command {
	if c, ok := s.action.(commander); ok {
		return c.ran()
	}
	return nil
}

// execFields are the fields of the result of a program that is not netsim's own.
func execFields() []nodes.Field {
	return []nodes.Field{
		{Name: "exit", Type: nodes.Int, Help: "exit status; 128 and the signal's number where a signal ended it"},
		{Name: "stdout", Type: nodes.Text, Help: "what it wrote to standard output, at most 1 MiB"},
		{Name: "stderr", Type: nodes.Text, Help: "what it wrote to standard error, at most 1 MiB"},
	}
}
