package remote

import (
	"context"
	"sync/atomic"
	"time"

	"netsim/nodes"
)

// runner runs what its list has, within its limits, and counts.
type runner struct {
	allowed list
	limit   time.Duration
	output  int64
	places  chan struct{} // one for each command that may run at the same time

	commands, denied, timeouts, busy, cut atomic.Int64
}

func newRunner(call *nodes.Call, atOnce int) (*runner, error) {
	allowed, err := readList(call.Text("allow"))
	if err != nil {
		return nil, err
	}
	return &runner{
		allowed: allowed, limit: call.Duration("limit"), output: call.Size("output"),
		places: make(chan struct{}, atOnce),
	}, nil
}

// run runs a command if it may.
func (r *runner) run(ctx context.Context, command []string) outcome {
	if !r.allowed.has(command) {
		r.denied.Add(1)
		return outcome{exit: -1, word: nodes.Denied}
	}
	select {
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
	default:
		r.busy.Add(1)
		return outcome{exit: -1, word: nodes.Refused}
	}
	r.commands.Add(1)
	o := execute(ctx, command, r.limit, r.output)
	r.cut.Add(o.cut)
	if o.word == nodes.Timeout {
		r.timeouts.Add(1)
	}
	return o
}

// runnerResult are the fields of what a runner counts.
func runnerResult() []nodes.Field {
	return []nodes.Field{
		{Name: "commands", Type: nodes.Int, Help: "commands run"},
		{Name: "denied", Type: nodes.Int, Help: "commands that are not on the list"},
		{Name: "timeouts", Type: nodes.Int, Help: "commands that were killed when their time was up"},
		{Name: "cut", Type: nodes.Size, Help: "output thrown away"},
	}
}

func (r *runner) result() nodes.Values {
	return nodes.Values{"commands": r.commands.Load(), "denied": r.denied.Load(), "timeouts": r.timeouts.Load(), "cut": r.cut.Load()}
}
