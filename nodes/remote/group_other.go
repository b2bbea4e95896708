//go:build !linux

package remote

import (
	"os"
	"os/exec"
)

func self() (string, error) { return os.Executable() }

func own(*exec.Cmd) {}

// group is the command alone: elsewhere its children may outlive it.
type group struct {
	process *os.Process
}

func (g *group) kill() { _ = g.process.Kill() }

func (g *group) await() {}

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
