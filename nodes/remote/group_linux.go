package remote

import (
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// self is this very executable, also where its file has been replaced or cannot be seen.
func self() (string, error) { return "/proc/self/exe", nil }

// own makes a command the leader of a process group, and has the kernel kill it when we die: it alone, not its
// group.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// group is the process group of a command that runs.
type group struct {
	process *os.Process

	mu    sync.Mutex
	ended bool // its number may belong to others
}

// kill ends all of the group.
func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ended {
		_ = unix.Kill(-g.process.Pid, unix.SIGKILL)
	}
}

// await waits for the leader's end, and then ends the rest. The leader is a zombie meanwhile, so the group's
// number cannot belong to others.
func (g *group) await() {
	for unix.Waitid(unix.P_PID, g.process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	g.kill()
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
}

func exitStatus(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}
