package native

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"netsim/nodes/agent"
)

// A node on which something runs has a PID namespace of its own, and in it as process 1 `netsim
// native init`, which inherits orphans and does nothing else: so `ps` on a node shows the
// node's programs, and `pkill` reaches no others.
//
//	netsim native serve            process 1 of the network
//	  └─ netsim native init        process 1 of the node
//	  └─ ping bob                  a program of the node; its parent is outside

// startInit starts process 1 of a node in the calling thread's other namespaces, and has the thread's
// children follow it. It returns once the node has its /proc.
func startInit() error {
	out, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	var pidfd int
	cmd := &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{"netsim", "native", "init"},
		Stdout:      theirs,
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, PidFD: &pidfd, Setsid: true},
	}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return fmt.Errorf("process 1: %w", err)
	}
	defer unix.Close(pidfd)
	text, err := io.ReadAll(out)
	if err == nil && len(text) > 0 {
		err = errors.New(strings.TrimSpace(string(text)))
	}
	if err != nil {
		return fmt.Errorf("process 1: %w", err)
	}
	if err := unix.Setns(pidfd, unix.CLONE_NEWPID); err != nil {
		return fmt.Errorf("PID namespace: %w", err)
	}
	return nil
}

// initNode is `netsim native init`. Standard output takes what went wrong, and is closed when
// the node has its /proc.
func initNode() error {
	ended := make(chan os.Signal, 1)
	signal.Ignore() // what programs of the node may send
	signal.Notify(ended, unix.SIGCHLD)
	if err := mountProc(); err != nil {
		fmt.Println(err)
		return err
	}
	if err := errors.Join(agent.Seal(), sealProc()); err != nil {
		fmt.Println(err)
		return err
	}
	os.Stdout.Close()
	for range ended {
		for {
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 && err != unix.EINTR {
				break
			}
		}
	}
	return nil
}

// sealProc makes read-only what containers have read-only there. Its files belong to the machine's
// root, which netsim may be.
func sealProc() error {
	for _, name := range []string{"bus", "fs", "irq", "sys", "sysrq-trigger"} {
		path := filepath.Join("/proc", name)
		if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, ""); errors.Is(err, unix.ENOENT) {
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := setReadOnly(path, true); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
