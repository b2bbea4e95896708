package remote

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"netsim/nodes"
)

// drain is how long output is still read when a process that has left the command's group holds its
// pipes open.
const drain = 300 * time.Millisecond

// outcome is what became of a command.
type outcome struct {
	exit           int // -1: it did not run
	stdout, stderr []byte
	cut            int64      // bytes of output thrown away
	word           nodes.Word // "" when it ran to its end
}

// execute runs a command to its end, the end of ctx, or its limit of time; of each of its outputs it
// keeps so many bytes.
//
// The goroutine keeps its thread meanwhile: the kernel kills the command when the thread that started it ends
// (PR_SET_PDEATHSIG, prctl(2)), which must not be before the process does.
func execute(ctx context.Context, command []string, limit time.Duration, output int64) outcome {
	path, err := find(command[0])
	if err != nil {
		return outcome{exit: -1, word: startWord(err)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	stdout, stderr := &capture{room: output}, &capture{room: output}
	cmd := &exec.Cmd{
		Path: path, Args: command, Env: []string{"PATH=" + os.Getenv("PATH")},
		Stdout: stdout, Stderr: stderr, WaitDelay: drain,
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own(cmd)
	if err := cmd.Start(); err != nil {
		return outcome{exit: -1, word: startWord(err)}
	}
	g := &group{process: cmd.Process}
	killer := context.AfterFunc(ctx, g.kill)
	g.await()
	_ = cmd.Wait() // its state says all
	killed := !killer()
	o := outcome{exit: exitStatus(cmd.ProcessState), stdout: stdout.bytes(), stderr: stderr.bytes()}
	o.cut = stdout.lost() + stderr.lost()
	switch {
	case killed && errors.Is(context.Cause(ctx), errLimit):
		o.word = nodes.Timeout
	case killed:
		o.word = nodes.Closed
	}
	return o
}

var errLimit = errors.New("the command's time is up")

// find is the file of a program.
func find(name string) (string, error) {
	if name == "netsim" {
		return self()
	}
	return exec.LookPath(name)
}

// startWord says why a command could not be started.
func startWord(err error) nodes.Word {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return nodes.NotFound
	case errors.Is(err, exec.ErrDot):
		return nodes.Denied
	}
	return nodes.WordOf(err)
}

// capture keeps the first bytes that are written to it, and counts the rest.
type capture struct {
	mu   sync.Mutex // a pipe that outlives its command may still be written from while it is read
	room int64
	kept []byte
	cut  int64
}

func (c *capture) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(int64(len(b)), c.room-int64(len(c.kept)))
	c.kept = append(c.kept, b[:n]...)
	c.cut += int64(len(b)) - n
	return len(b), nil
}

func (c *capture) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept
}

func (c *capture) lost() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}
