package docker

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"netsim/nodes/agent"
	"netsim/topology"
)

// podCapabilities are what the agent needs besides its own to stop a program of the image, of
// whatever user: signal it, and find it by the mark in its environment (proc_pid_environ(5)).
var podCapabilities = []string{"KILL", "SYS_PTRACE", "DAC_READ_SEARCH"}

// exec runs a program of the image beside it.
func (p *pod) exec(ctx context.Context, c topology.Command) (topology.Process, error) {
	p.mu.Lock()
	id, cuts := p.image, p.cuts
	p.mu.Unlock()
	if id == "" {
		return nil, fmt.Errorf("%s: its image is not running", p.node)
	}
	mark := rand.Text()
	x, err := p.engine.api.ExecCreate(ctx, id, client.ExecCreateOptions{
		Cmd:         c.Args,
		Env:         append([]string{agent.Mark + "=" + mark, agent.Unbuffered}, c.Env...),
		AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil, fmt.Errorf("%s: its image has ended", p.node)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.node, err)
	}
	a, err := p.engine.api.ExecAttach(ctx, x.ID, client.ExecAttachOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.node, c.Args[0], err)
	}
	process := newProcess(a.HijackedResponse, p.stopExec(mark), p.exitOfExec(x.ID, cuts))
	go hangUpWithImage(process, p.imageEnded())
	return p.follow(id, process), nil
}

// hangUpWithImage ends the stream of an exec whose container has ended: not every engine does.
func hangUpWithImage(x *process, ended <-chan struct{}) {
	select {
	case <-x.done:
		return
	case <-ended:
	}
	select {
	case <-x.done:
	case <-time.After(lastWords):
		x.connection.Close()
	}
}

// imageEnded is closed when the image's container has ended. A pod that did not start it looks.
func (p *pod) imageEnded() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		ended, left := make(chan struct{}), make(chan struct{})
		ctx, cancel := context.WithCancel(context.Background())
		exit := p.engine.exitOfContainer(p.image)
		go func() {
			defer close(left)
			_, _ = exit(ctx)
			close(ended)
		}()
		p.ended, p.leave = ended, func() { cancel(); <-left }
	}
	return p.ended
}

// lastWords is how long the output of an exec may come after its container's end.
const lastWords = time.Second

// stopExec has the agent send the signals, and waits until it has found none left: the engine has
// no call for it.
func (p *pod) stopExec(mark string) func(context.Context) {
	return func(ctx context.Context) {
		x, err := p.engine.api.ExecCreate(ctx, p.agent, client.ExecCreateOptions{Cmd: []string{"/netsim", "agent", "stop", mark}, AttachStdout: true})
		if err != nil {
			return
		}
		if a, err := p.engine.api.ExecAttach(ctx, x.ID, client.ExecAttachOptions{}); err == nil {
			defer context.AfterFunc(ctx, a.Close)()
			_, _ = io.Copy(io.Discard, a.Reader)
			a.Close()
		}
	}
}
