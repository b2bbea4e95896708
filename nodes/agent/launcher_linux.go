package agent

import (
	"fmt"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// Launcher starts programs from a thread of its own that has given up every
// capability and set no-new-privileges: a child inherits both from the thread that
// forks it, so no program in between is needed to drop them. It needs no privilege itself.
type Launcher struct {
	starts chan start
	ended  chan struct{}
}

type start struct {
	cmd *exec.Cmd
	err chan error
}

// Seal keeps programs, which have the user ID of the agent, from its memory: the launching
// threads have no capabilities more than they have, and would let them in (ptrace(2),
// PTRACE_MODE_ATTACH). Every process with a Launcher calls it first.
func Seal() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("closing the agent's memory: %w", err)
	}
	return nil
}

// NewLauncher makes the thread. Prepare, when it is not nil, is called on it while it
// still has its privileges, for instance to enter a network namespace.
func NewLauncher(prepare func() error) (*Launcher, error) {
	l := &Launcher{starts: make(chan start), ended: make(chan struct{})}
	ready := make(chan error)
	go l.loop(prepare, ready)
	if err := <-ready; err != nil {
		<-l.ended
		return nil, err
	}
	return l, nil
}

// Start is cmd.Start without privileges.
func (l *Launcher) Start(cmd *exec.Cmd) error {
	s := start{cmd, make(chan error, 1)}
	l.starts <- s
	return <-s.err
}

// Close ends the thread; programs that were started run on. No Start may be called
// any more.
func (l *Launcher) Close() {
	close(l.starts)
	<-l.ended
}

// loop never unlocks its thread, so that Go ends the thread with it and nobody else
// gets one without privileges.
func (l *Launcher) loop(prepare func() error, ready chan<- error) {
	defer close(l.ended)
	runtime.LockOSThread()
	err := renounce(prepare)
	ready <- err
	if err != nil {
		return
	}
	for s := range l.starts {
		s.err <- s.cmd.Start()
	}
}

// renounce takes the calling thread's privileges away for good.
func renounce(prepare func() error) error {
	if prepare != nil {
		if err := prepare(); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no-new-privileges: %w", err)
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && err != unix.EINVAL {
		return fmt.Errorf("ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	return nil
}
