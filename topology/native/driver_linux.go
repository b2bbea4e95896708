package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes/agent"
	"netsim/topology"
)

// Driver builds networks out of namespaces. The zero value works.
type Driver struct {
	// Executable is the netsim binary that becomes the network's process; "" is the
	// running one.
	Executable string
}

// Name is "native".
func (*Driver) Name() string { return "native" }

// Up starts the process that holds the network and waits until the network is up.
func (d *Driver) Up(ctx context.Context, run topology.Run) (topology.World, error) {
	if err := d.Able(run.Plan); err != nil {
		return nil, err
	}
	listener, err := announce(run.ID)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	p, err := d.start(listener, run.Keep)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, p.kill)
	err = p.order(run)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		p.kill()
		p.wait()
		return nil, fmt.Errorf("native network: %w", err)
	}
	return &world{cabling: cabling{agent.Connect(p.stream)}, process: p}, nil
}

// process is netsim once more, in namespaces of its own.
type process struct {
	cmd    *exec.Cmd
	stream *os.File // our end of the pair whose other end is its descriptor 3
}

// start leaves a network that is to be kept nothing of ours: no terminal, no pipe, no
// directory.
func (d *Driver) start(listener *os.File, keep bool) (*process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(d.executable(), "native", "serve")
	cmd.ExtraFiles = []*os.File{theirs, listener}
	cmd.Dir = "/"
	if !keep {
		cmd.Stderr = os.Stderr
	}
	cmd.SysProcAttr = namespaces()
	if err := cmd.Start(); err != nil {
		ours.Close()
		return nil, fmt.Errorf("namespaces: %w", err)
	}
	return &process{cmd, ours}, nil
}

func (d *Driver) executable() string {
	if d.Executable != "" {
		return d.Executable
	}
	return "/proc/self/exe"
}

func (p *process) order(run topology.Run) error {
	o := order{Run: run.ID, Plan: run.Plan, Dir: run.Dir, Keep: run.Keep, Since: time.Now().UTC().Format(time.RFC3339)}
	if err := send(p.stream, o); err != nil {
		return err
	}
	return await(p.stream, run.Progress)
}

func (p *process) kill() { p.cmd.Process.Kill() }

// wait returns when the process is gone, and with it the namespaces.
func (p *process) wait() {
	p.stream.Close()
	p.cmd.Wait()
}

// socketPair is a stream between two processes; both ends close on exec.
func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "native"), os.NewFile(uintptr(fds[1]), "native"), nil
}

// world is a network that this process brought up.
type world struct {
	cabling
	process *process
	kept    bool
}

func (w *world) Start(ctx context.Context, node string, c topology.Command) (topology.Process, error) {
	return startOn(ctx, w.client, node, c)
}

// startOn says in its error on which node it was.
func startOn(ctx context.Context, client *agent.Client, node string, c topology.Command) (topology.Process, error) {
	p, err := client.Start(ctx, node, c)
	if off := (*agent.Off)(nil); errors.As(err, &off) {
		return nil, off
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", node, err)
	}
	return p, nil
}

// Done is closed when the network's process has ended.
func (w *world) Done() <-chan struct{} { return w.client.Done() }

// Keep lets the network live on when this process ends.
func (w *world) Keep(ctx context.Context) error {
	err := w.client.Keep(ctx)
	w.kept = err == nil
	return err
}

// Close ends the network's process, and with it everything in its PID namespace; or,
// when the network is kept, only lets go of it.
func (w *world) Close() error {
	w.client.Close()
	if w.kept {
		return nil
	}
	w.process.kill()
	w.process.wait()
	return nil
}
