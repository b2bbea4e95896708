package docker

import (
	"context"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"netsim/topology"
)

// process is a program in an image's container: a topology.Process over the engine's API.
//
//	Stdin  ─► hijacked connection
//	Stdout ◄─ pipe ◄─┬─ stdcopy ◄─ hijacked connection
//	Stderr ◄─ pipe ◄─┘
type process struct {
	connection     client.HijackedResponse
	stdout, stderr *io.PipeReader
	ask            func(context.Context) // asks the program to end
	life           context.Context       // until it has ended, or is left
	leave          context.CancelFunc
	asked          sync.Once
	asking         sync.WaitGroup
	done           chan struct{}

	status topology.ExitStatus
	err    error
}

// exitStatus waits for the end of a program whose output has ended.
type exitStatus func(context.Context) (topology.ExitStatus, error)

func newProcess(a client.HijackedResponse, ask func(context.Context), exit exitStatus) *process {
	life, leave := context.WithCancel(context.Background())
	out, toOut := io.Pipe()
	err, toErr := io.Pipe()
	p := &process{connection: a, stdout: out, stderr: err, ask: ask, life: life, leave: leave, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer leave()
		_, end := stdcopy.StdCopy(toOut, toErr, a.Reader)
		toOut.CloseWithError(end)
		toErr.CloseWithError(end)
		p.status, p.err = exit(life)
		a.Close()
	}()
	return p
}

func (p *process) Stdin() io.WriteCloser { return programInput{p.connection} }
func (p *process) Stdout() io.Reader     { return p.stdout }
func (p *process) Stderr() io.Reader     { return p.stderr }

// Stop returns nil also when the program has ended already.
func (p *process) Stop() error {
	p.asked.Do(func() {
		p.asking.Go(func() {
			ctx, cancel := context.WithTimeout(p.life, callLimit)
			defer cancel()
			for ctx.Err() == nil {
				p.ask(ctx)
				select {
				case <-ctx.Done():
				case <-time.After(askPause):
				}
			}
		})
	})
	return nil
}

// askPause is between two askings: a program that was asked just as it started may not have heard.
const askPause = 200 * time.Millisecond

// Wait returns when the program has ended and all of its output has come.
func (p *process) Wait() (topology.ExitStatus, error) {
	<-p.done
	return p.status, p.err
}

// letGo leaves the program to itself: whoever waits for it gets an error.
func (p *process) letGo() {
	p.leave()
	p.connection.Close()
	p.stdout.Close()
	p.stderr.Close()
	p.asking.Wait()
	<-p.done
}

// programInput is a program's standard input.
type programInput struct{ connection client.HijackedResponse }

func (in programInput) Write(b []byte) (int, error) { return in.connection.Conn.Write(b) }

// Close is end of file. It does not tell that the program had closed it, or ended, before.
func (in programInput) Close() error {
	_ = in.connection.CloseWrite()
	return nil
}

// exitOfContainer begins to wait for the next end of a container, which may not be started yet. What it
// returns must be called, if only with a context that has ended.
func (e *engine) exitOfContainer(id string) exitStatus {
	waiting, cancel := context.WithCancel(context.Background())
	wait := e.api.ContainerWait(waiting, id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	return func(ctx context.Context) (topology.ExitStatus, error) {
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		select { // one of them comes, also after cancel
		case r := <-wait.Result:
			return exitOf(int(r.StatusCode)), nil
		case err := <-wait.Error:
			return topology.ExitStatus{}, err
		}
	}
}

// exitOf tells a signal by the code, which is all that the engine gives.
func exitOf(code int) topology.ExitStatus {
	s := topology.ExitStatus{Code: code}
	if n := code - 128; n > 0 && n < 32 {
		s.Signal = syscall.Signal(n).String()
	}
	return s
}

// exitPause is between two looks at an exec. Its output ends just before it does.
const exitPause = 5 * time.Millisecond

// exitOfExec looks at an exec that began after so many cuts of the node. The engine forgets it with its container, but who
// was killed with the node is known.
func (p *pod) exitOfExec(id string, cuts int) exitStatus {
	return func(ctx context.Context) (topology.ExitStatus, error) {
		for {
			x, err := p.engine.api.ExecInspect(ctx, id, client.ExecInspectOptions{})
			if errdefs.IsNotFound(err) && p.wasCut(cuts) {
				return exitOf(128 + int(syscall.SIGKILL)), nil
			}
			if errdefs.IsNotFound(err) {
				return topology.ExitStatus{}, fmt.Errorf("%s: its image has ended", p.node)
			}
			if err != nil {
				return topology.ExitStatus{}, fmt.Errorf("%s: %w", p.node, err)
			}
			if !x.Running {
				return exitOf(x.ExitCode), nil
			}
			select {
			case <-ctx.Done():
				return topology.ExitStatus{}, ctx.Err()
			case <-time.After(exitPause):
			}
		}
	}
}
