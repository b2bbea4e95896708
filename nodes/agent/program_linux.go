package agent

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netsim/topology"
)

// When a process that left the program's group holds its pipes open, output is still read for a
// while after the program's end; then only what is in the pipe already (pipe(7)).
const (
	tail = time.Second
	late = 20 * time.Millisecond
	rest = 1 << 20 // bytes
)

// program is a command that runs on a node.
type program struct {
	session        *session
	id             uint64
	cmd            *exec.Cmd
	stdin          *inbox
	stdout, stderr *window
	in, out, err   *os.File                  // our ends of its standard streams
	over           atomic.Pointer[time.Time] // when reading ends that waits for more

	mu    sync.Mutex
	ended bool
	grace *time.Timer // of a stop that was asked for
}

// launch starts a program with pipes for its streams, as the leader of a session.
func (s *session) launch(id uint64, node string, c topology.Command) (*program, error) {
	cmd, err := s.machine.Command(node, c)
	if err != nil {
		return nil, err
	}
	p := &program{session: s, id: id, cmd: cmd, stdout: newWindow(), stderr: newWindow()}
	p.stdin = newInbox(func(n int) { s.conn.send(message{Verb: verbCredit, ID: id, Stream: verbStdin, Bytes: n}) })
	theirs, err := p.pipes()
	if err == nil {
		cmd.SysProcAttr = attributes(cmd.SysProcAttr)
		err = s.children.start(func() (int, error) {
			if err := s.machine.Start(node, cmd); err != nil {
				return 0, err
			}
			return cmd.Process.Pid, nil
		})
	}
	closeAll(theirs)
	if err != nil {
		closeAll([]*os.File{p.in, p.out, p.err})
		return nil, startError(c, err)
	}
	return p, nil
}

func attributes(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	if a == nil {
		a = &syscall.SysProcAttr{}
	}
	a.Setsid = true
	return a
}

// startError says which command could not be started, without our own path to it.
func startError(c topology.Command, err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", c.Args[0], err)
}

// pipes makes the three pipes and returns the program's ends of them.
func (p *program) pipes() (theirs []*os.File, err error) {
	inTheirs, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.in, p.cmd.Stdin = in, inTheirs
	theirs = append(theirs, inTheirs)
	out, outTheirs, err := os.Pipe()
	if err != nil {
		return theirs, err
	}
	p.out, p.cmd.Stdout = out, outTheirs
	theirs = append(theirs, outTheirs)
	stderr, errTheirs, err := os.Pipe()
	if err != nil {
		return theirs, err
	}
	p.err, p.cmd.Stderr = stderr, errTheirs
	return append(theirs, errTheirs), nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// run carries the program's streams until it has ended and its output is sent.
func (p *program) run() topology.ExitStatus {
	var streams, feeding sync.WaitGroup
	streams.Go(func() { p.pump(p.out, verbStdout, p.stdout) })
	streams.Go(func() { p.pump(p.err, verbStderr, p.stderr) })
	feeding.Go(p.feed)
	state := p.await()
	end := time.Now().Add(tail)
	p.over.Store(&end)
	p.out.SetReadDeadline(end)
	p.err.SetReadDeadline(end)
	p.in.Close()
	p.stdin.discard()
	feeding.Wait()
	streams.Wait()
	closeAll([]*os.File{p.out, p.err})
	return exitStatus(state)
}

// await waits for the first process, ends the rest of its group, and reaps them all.
// The group is signalled while its leader is still a zombie: so its number cannot belong to others.
func (p *program) await() *os.ProcessState {
	pid := p.cmd.Process.Pid
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	p.ended = true
	if p.grace != nil {
		p.grace.Stop()
	}
	_ = unix.Kill(-pid, unix.SIGKILL)
	p.mu.Unlock()
	_ = p.cmd.Wait()
	p.session.children.forget(pid)
	return p.cmd.ProcessState
}

func exitStatus(state *os.ProcessState) topology.ExitStatus {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return topology.ExitStatus{Code: 128 + int(ws.Signal()), Signal: ws.Signal().String()}
	}
	return topology.ExitStatus{Code: state.ExitCode()}
}

// pump sends output as far as there is credit for it. It reads only what it may
// send, so that the program waits on a full pipe and not our memory.
func (p *program) pump(from *os.File, to verb, w *window) {
	for left := rest; left > 0; {
		n := w.take(chunk)
		end := p.over.Load()
		if end != nil && time.Now().After(*end) {
			from.SetReadDeadline(time.Now().Add(late))
			left -= n
		}
		data := make([]byte, n)
		got, err := from.Read(data)
		w.give(n - got)
		if got > 0 {
			p.session.conn.send(message{Verb: to, ID: p.id, Data: data[:got]})
		}
		if err != nil && (end != nil || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return
		}
	}
}

// feed writes what comes for standard input. When the program has closed it, the rest
// is thrown away, so that whoever writes is not held up.
func (p *program) feed() {
	_, err := io.Copy(p.in, struct{ io.Reader }{p.stdin})
	if err != nil {
		p.stdin.discard()
	}
	p.in.Close()
}

func (p *program) handle(m message) error {
	switch m.Verb {
	case verbStdin:
		if !p.stdin.push(m.Data) {
			return fmt.Errorf("agent stream: more stdin than the window of %d bytes", Window)
		}
	case verbEOF:
		p.stdin.end(io.EOF)
	case verbStop:
		p.stop()
	case verbCredit:
		switch m.Stream {
		case verbStdout:
			p.stdout.give(m.Bytes)
		case verbStderr:
			p.stderr.give(m.Bytes)
		}
	default:
		return fmt.Errorf("agent stream: unknown verb %q", m.Verb)
	}
	return nil
}

// stop asks the group to end, and ends it after topology.DefaultGrace.
func (p *program) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.grace != nil {
		return
	}
	_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGTERM)
	p.grace = time.AfterFunc(topology.DefaultGrace, p.killGroup)
}

// kill ends the program at once; nobody waits for its output.
func (p *program) kill() {
	p.detach()
	p.killGroup()
}

func (p *program) killGroup() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL)
	}
}

// detach lets the program run on with nobody at the other end of its streams.
func (p *program) detach() {
	p.stdout.release()
	p.stderr.release()
}
