package agent

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/kernel"
)

// container is the Plant of a node that is all of a container: the agent is process 1 of its PID
// namespace, and everybody else there is the node's, but for the agents that guests dial with.
type container struct{ node topology.Node }

// Cut has all stand still before any of them dies: so nobody makes another who is not seen.
func (c container) Cut() error {
	return errors.Join(silence(c.node), c.Freeze(), killOthers(), kernel.DestroySockets(-1))
}

func (c container) Restore() error {
	ns, err := kernel.Self()
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := ns.Configure(c.node, nil); err != nil {
		return err
	}
	return ns.AwaitCarrier(c.node)
}

// Freeze stops everybody at once (kill(2), -1), and lets the agents of guests go on.
func (container) Freeze() error {
	if err := signalOthers(unix.SIGSTOP); err != nil {
		return err
	}
	for _, p := range others() {
		if p.agent {
			_ = unix.Kill(p.pid, unix.SIGCONT)
		}
	}
	return nil
}

func (container) Thaw() error { return signalOthers(unix.SIGCONT) }

func silence(node topology.Node) error {
	ns, err := kernel.Self()
	if err != nil {
		return err
	}
	defer ns.Close()
	return ns.Silence(node)
}

// errNotFirst keeps a kill(2) of -1 from a machine whose process 1 is another.
var errNotFirst = errors.New("agent: not process 1: its node has no processes of its own")

func signalOthers(s unix.Signal) error {
	if os.Getpid() != 1 {
		return errNotFirst
	}
	if err := unix.Kill(-1, s); err != nil && err != unix.ESRCH {
		return fmt.Errorf("%s to every process: %w", unix.SignalName(s), err)
	}
	return nil
}

const (
	deathLimit = 10 * time.Second // how long a process may take to die: one that waits for a disk does
	deathPause = 2 * time.Millisecond
)

// killOthers returns when nobody is left but who is to be reaped.
func killOthers() error {
	if os.Getpid() != 1 {
		return errNotFirst
	}
	for end := time.Now().Add(deathLimit); ; time.Sleep(deathPause) {
		left := 0
		for _, p := range others() {
			if p.agent {
				continue
			}
			_ = unix.Kill(p.pid, unix.SIGKILL)
			if !p.zombie {
				left = p.pid
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("process %d does not die", left)
		}
	}
}

// neighbour is another process of this PID namespace.
type neighbour struct {
	pid    int
	zombie bool
	agent  bool // `netsim agent dial` or `netsim agent stop`, which the engine has started
}

// others reads proc_pid_stat(5) of all but this process.
func others() []neighbour {
	files, _ := filepath.Glob("/proc/[1-9]*/stat")
	var all []neighbour
	for _, f := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f))) // the pattern has digits
		text, err := os.ReadFile(f)
		_, after, _ := strings.Cut(string(text[bytes.LastIndexByte(text, ')')+1:]), " ")
		fields := strings.Fields(after)
		if err != nil || len(fields) < 2 || pid == os.Getpid() {
			continue
		}
		outside := fields[1] == "0" // its parent is
		all = append(all, neighbour{pid, fields[0] == "Z" || fields[0] == "X", outside && isAgent(pid)})
	}
	return all
}

func isAgent(pid int) bool {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return bytes.HasPrefix(line, []byte("/netsim\x00agent\x00"))
}
