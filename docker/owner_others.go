//go:build !linux

package docker

import (
	"os"
	"runtime"
	"syscall"
)

// startOf tells whether there is a process with the number; when it started is not
// known on this system.
func startOf(pid int) (string, bool) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return "-", false
	}
	defer p.Release()
	if runtime.GOOS == "windows" {
		return "-", true // finding it has opened it
	}
	err = p.Signal(syscall.Signal(0))
	return "-", err == nil || os.IsPermission(err)
}

func bootID() string { return "-" }

func pidNamespace() string { return "-" }
