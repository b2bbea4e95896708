package agent

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// children are the first processes of the programs that run. Process 1 of a container
// inherits orphans besides these, and must reap them without taking the end of
// a program from whoever waits for that.
type children struct {
	mu    sync.Mutex
	known map[int]bool
}

// start notes the child that begin has started, before anyone can reap strays.
func (c *children) start(begin func() (pid int, err error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	pid, err := begin()
	if err != nil {
		return err
	}
	if c.known == nil {
		c.known = map[int]bool{}
	}
	c.known[pid] = true
	return nil
}

// forget notes that a child was reaped, and reaps the orphans that it left: its group,
// which was killed, and in process 1 also strays that had left theirs.
func (c *children) forget(pid int) {
	reapGroup(pid)
	c.mu.Lock()
	delete(c.known, pid)
	c.mu.Unlock()
	c.reapStrays()
}

// reapStrays reaps what process 1 has inherited and has ended.
func (c *children) reapStrays() {
	if os.Getpid() != 1 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, stray := range childrenOfSelf() {
		if !c.known[stray] {
			_, _ = unix.Wait4(stray, nil, unix.WNOHANG, nil)
		}
	}
}

// reapGroup waits for the members of a group that are our children. Where orphans go to
// another process, wait4 says at once that there are none.
func reapGroup(group int) {
	for {
		pid, err := unix.Wait4(-group, nil, 0, nil)
		if err != unix.EINTR && (err != nil || pid <= 0) {
			return
		}
	}
}

// childrenOfSelf reads proc_tid_children(5); where the kernel was built without, there are
// none.
func childrenOfSelf() []int {
	files, _ := filepath.Glob("/proc/self/task/*/children")
	var pids []int
	for _, f := range files {
		text, _ := os.ReadFile(f)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
