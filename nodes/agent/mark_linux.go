package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"netsim/topology"
)

// endPause is between two looks for processes that were asked to end.
const endPause = 10 * time.Millisecond

// stopMarked ends the processes whose environment has the mark: SIGTERM, and SIGKILL to
// those that are there after topology.DefaultGrace. It returns when none is left.
func stopMarked(mark string) {
	signalAll(mark, unix.SIGTERM)
	deadline := time.Now().Add(topology.DefaultGrace)
	for len(marked(mark)) > 0 {
		if time.Now().After(deadline) {
			signalAll(mark, unix.SIGKILL)
		}
		time.Sleep(endPause)
	}
}

func signalAll(mark string, s unix.Signal) {
	for _, pid := range marked(mark) {
		_ = unix.Kill(pid, s)
	}
}

// marked are the processes with Mark=mark in their environment, proc_pid_environ(5). A
// zombie has none.
func marked(mark string) []int {
	files, _ := filepath.Glob("/proc/[1-9]*/environ")
	var pids []int
	for _, f := range files {
		text, _ := os.ReadFile(f)
		for _, v := range bytes.Split(text, []byte{0}) {
			if string(v) == Mark+"="+mark {
				pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f))) // the pattern has digits
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
