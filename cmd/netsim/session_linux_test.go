package main

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// session is a person at a terminal, whose shell has started a command:
//
//	person ─ pseudo terminal ─ command
//	others ─────── pipe ──────────┘
type session struct {
	t      *testing.T
	master *os.File
	shell  *os.File // the terminal as the shell has it
	others *os.File
	cmd    *exec.Cmd
	before unix.Termios

	mu   sync.Mutex
	seen screen
	grew chan struct{}

	looking sync.Mutex // held while the person looks away: no more of the terminal is read
}

const patience = 20 * time.Second

func sitDown(t *testing.T, columns uint16, command ...string) *session {
	t.Helper()
	return sitDownAs(t, columns, &syscall.SysProcAttr{Setsid: true, Setctty: true}, command...)
}

func sitDownAs(t *testing.T, columns uint16, as *syscall.SysProcAttr, command ...string) *session {
	t.Helper()
	master, shell, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	theirs, others, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, master: pollable(t, master), shell: shell, others: others, grew: make(chan struct{}, 1)}
	s.seen.width = int(columns)
	if err := pty.Setsize(shell, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	s.before = s.settings()
	s.cmd = exec.Command(command[0], command[1:]...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = shell, shell, shell
	s.cmd.ExtraFiles = []*os.File{theirs}
	s.cmd.Env = append(os.Environ(), "TERM=xterm")
	s.cmd.SysProcAttr = as
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	go s.watch()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		others.Close()
		shell.Close()
		master.Close()
	})
	return s
}

// pollable is the file in a form that can be closed while it is read.
func pollable(t *testing.T, f *os.File) *os.File {
	fd, err := unix.Dup(int(f.Fd()))
	if err == nil {
		unix.CloseOnExec(fd)
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	return os.NewFile(uintptr(fd), f.Name())
}

func (s *session) settings() unix.Termios {
	settings, err := unix.IoctlGetTermios(int(s.shell.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return *settings
}

func (s *session) watch() {
	b := make([]byte, 4096)
	for {
		n, err := s.master.Read(b)
		if err != nil {
			return
		}
		s.looking.Lock()
		s.mu.Lock()
		s.seen.Write(b[:n])
		s.mu.Unlock()
		s.looking.Unlock()
		select {
		case s.grew <- struct{}{}:
		default:
		}
	}
}

func (s *session) types(keys string) { io.WriteString(s.master, keys) }

func (s *session) says(line string) { io.WriteString(s.others, line+"\n") }

// sees waits until the screen is exactly that, and the cursor in that column (from 0).
func (s *session) sees(column int, rows ...string) {
	s.t.Helper()
	want := strings.Join(rows, "\n")
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		got, at, strange := s.seen.String(), s.seen.col, s.seen.strange
		s.mu.Unlock()
		if got == want && at == column && strange == "" {
			return
		}
		select {
		case <-s.grew:
		case <-timeout:
			s.t.Fatalf("cursor in column %d, want %d; unknown sequence %q; the screen (-want +got):\n%s", at, column, strange, cmp.Diff(want, got))
		}
	}
}

// shows waits until the screen has these rows, in any order.
func (s *session) shows(rows ...string) {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		got := s.seen.String()
		s.mu.Unlock()
		missing := slices.DeleteFunc(slices.Clone(rows), func(row string) bool { return slices.Contains(strings.Split(got, "\n"), row) })
		if len(missing) == 0 {
			return
		}
		select {
		case <-s.grew:
		case <-timeout:
			s.t.Fatalf("no %q on the screen:\n%s", missing, got)
		}
	}
}

// leaves waits for the end of the command, whose terminal must be as it was.
func (s *session) leaves(status int) {
	s.t.Helper()
	s.ends()
	if got := s.cmd.ProcessState.ExitCode(); got != status {
		s.t.Errorf("exit status %d, want %d", got, status)
	}
	if diff := cmp.Diff(s.before, s.settings()); diff != "" {
		s.t.Errorf("the terminal's settings are others than before:\n%s", diff)
	}
}

func (s *session) ends() {
	s.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(patience):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.t.Fatalf("does not end; the screen:\n%s", s.seen.String())
	}
}

// restored waits until the terminal is as it was.
func (s *session) restored() {
	s.t.Helper()
	for timeout := time.After(patience); s.settings() != s.before; {
		select {
		case <-timeout:
			s.t.Fatal("the terminal's settings are others than before")
		case <-time.After(time.Millisecond):
		}
	}
}
