package native

import (
	"bufio"
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
// native init`, which inherits orphans and sends everybody the signals that it is ordered to: so `ps` on
// a node shows the node's programs, `pkill` reaches no others, and the end of process 1 is the end of all.
//
//	netsim native serve            process 1 of the network
//	  └─ netsim native init        process 1 of the node
//	  └─ ping bob                  a program of the node; its parent is outside
//
//	serve                                 init
//	      ◄─ "\n", or what went wrong ──         when the node has its /proc
//	      ── "stop\n", "cont\n" ──────►          to every process of the node (kill(2), -1)
//	      ◄─ "\n", or what went wrong ──

// process1 is a node's.
type process1 struct {
	cmd     *exec.Cmd
	orders  *os.File
	answers *os.File
	lines   *bufio.Reader
}

// signals are what process 1 can be ordered to send.
var signals = map[string]unix.Signal{"stop": unix.SIGSTOP, "cont": unix.SIGCONT}

// startInit starts process 1 of a node in the calling thread's other namespaces, and has the thread's
// children follow it. It returns once the node has its /proc.
func startInit() (*process1, error) {
	theirOrders, orders, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirOrders.Close()
	answers, theirAnswers, err := os.Pipe()
	if err != nil {
		orders.Close()
		return nil, err
	}
	defer theirAnswers.Close()
	var pidfd int
	p := &process1{orders: orders, answers: answers, lines: bufio.NewReader(answers), cmd: &exec.Cmd{
		Path:  "/proc/self/exe",
		Args:  []string{"netsim", "native", "init"},
		Stdin: theirOrders, Stdout: theirAnswers,
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, PidFD: &pidfd, Setsid: true},
	}}
	if err := p.cmd.Start(); err != nil {
		p.close()
		return nil, fmt.Errorf("process 1: %w", err)
	}
	defer unix.Close(pidfd)
	theirAnswers.Close() // so that its end is the end of the answers
	err = p.answer()
	if err == nil {
		err = unix.Setns(pidfd, unix.CLONE_NEWPID)
	}
	if err != nil {
		p.end()
		return nil, fmt.Errorf("process 1: %w", err)
	}
	return p, nil
}

// order has a signal sent to every process of the node.
func (p *process1) order(word string) error {
	if _, err := fmt.Fprintln(p.orders, word); err != nil {
		return fmt.Errorf("process 1: %w", err)
	}
	if err := p.answer(); err != nil {
		return fmt.Errorf("process 1: %s: %w", word, err)
	}
	return nil
}

func (p *process1) answer() error {
	line, err := p.lines.ReadString('\n')
	if text := strings.TrimSpace(line); text != "" {
		return errors.New(text)
	}
	return err
}

// end kills process 1, and the kernel with it everything in its PID namespace; it returns when all
// of that is gone (pid_namespaces(7)). Somebody else may have reaped it.
func (p *process1) end() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.close()
}

func (p *process1) close() {
	p.orders.Close()
	p.answers.Close()
}

// initNode is `netsim native init`.
func initNode() error {
	ended := make(chan os.Signal, 1)
	signal.Ignore() // what programs of the node may send
	signal.Notify(ended, unix.SIGCHLD)
	if err := errors.Join(mountProc(), agent.Seal(), sealProc()); err != nil {
		fmt.Println(strings.ReplaceAll(err.Error(), "\n", "; "))
		return err
	}
	fmt.Println()
	go obey(os.Stdin)
	for range ended {
		for {
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 && err != unix.EINTR {
				break
			}
		}
	}
	return nil
}

// obey sends signals as ordered. That there is nobody to send them to is right, too.
func obey(orders io.Reader) {
	for lines := bufio.NewScanner(orders); lines.Scan(); {
		s, ok := signals[lines.Text()]
		if !ok {
			fmt.Printf("unknown order %q\n", lines.Text())
			continue
		}
		if err := unix.Kill(-1, s); err != nil && err != unix.ESRCH {
			fmt.Println(err)
			continue
		}
		fmt.Println()
	}
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
