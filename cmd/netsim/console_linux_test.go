package main

import (
	"fmt"
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
	s := &session{t: t, master: master, shell: shell, others: others, grew: make(chan struct{}, 1)}
	s.seen.width = int(columns)
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
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
		s.mu.Lock()
		s.seen.Write(b[:n])
		s.mu.Unlock()
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

// bothWays runs a test on a program of this process, and on one that runs on a node.
func bothWays(t *testing.T, test func(t *testing.T, command ...string)) {
	for name, command := range map[string][]string{"node": {"room"}, "exec": {"room", "attached"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, command...)
		})
	}
}

func result(lines int, stopped bool) []string {
	return []string{"result", fmt.Sprintf("  lines    %d", lines), fmt.Sprintf("  stopped  %v", stopped)}
}

func TestMessageDoesNotTearTheLineThatIsTyped(t *testing.T) {
	bothWays(t, func(t *testing.T, command ...string) {
		s := sitDown(t, 40, command...)
		s.sees(2, ">")
		s.types("你好 wor")
		s.sees(10, "> 你好 wor")
		s.says("bob : 进入聊天室")
		s.sees(10, "bob : 进入聊天室", "> 你好 wor")
		s.types("\x1b[D\x1b[D\x1b[D\x1b[D世\x1b[Dof ")
		s.sees(9, "bob : 进入聊天室", "> 你好of 世 wor")
		s.says("log")
		log := `room: a log, and no\x1b[2Jnonsense`
		s.sees(9, "bob : 进入聊天室", log, "> 你好of 世 wor")
		s.types("\r")
		s.sees(2, "bob : 进入聊天室", log, "> 你好of 世 wor", "heard 你好of 世 wor", ">")
		s.types("\x1b[A!\r")
		s.sees(2, "bob : 进入聊天室", log, "> 你好of 世 wor", "heard 你好of 世 wor", "> 你好of 世 wor!", "heard 你好of 世 wor!", ">")
	})
}

func TestMessageAndLinesThatAreLongerThanTheScreen(t *testing.T) {
	bothWays(t, func(t *testing.T, command ...string) {
		s := sitDown(t, 10, command...)
		s.sees(2, ">")
		s.types("一二三四五六七八")
		s.sees(8, "> 一二三四", "五六七八")
		s.says("甲乙丙丁戊己庚")
		s.sees(8, "甲乙丙丁戊", "己庚", "> 一二三四", "五六七八")
		s.types("九")
		s.sees(0, "甲乙丙丁戊", "己庚", "> 一二三四", "五六七八九")
		s.says("a")
		s.sees(0, "甲乙丙丁戊", "己庚", "a", "> 一二三四", "五六七八九")
		s.types("\r")
		s.sees(2, "甲乙丙丁戊", "己庚", "a", "> 一二三四", "五六七八九", "", "heard 一二", "三四五六七", "八九", ">")
	})
}

func TestManyMessagesWhileTyping(t *testing.T) {
	bothWays(t, func(t *testing.T, command ...string) {
		s := sitDown(t, 40, command...)
		s.sees(2, ">")
		var said, typed []string
		var typing sync.WaitGroup
		typing.Go(func() {
			for i := range 30 {
				s.types(fmt.Sprintf("line %d\r", i))
			}
		})
		for i := range 30 {
			said = append(said, fmt.Sprintf("said %d", i))
			typed = append(typed, fmt.Sprintf("heard line %d", i))
			s.says(said[i])
		}
		typing.Wait()
		s.says("end")
		s.leaves(0)
		s.mu.Lock()
		defer s.mu.Unlock()
		var gotSaid, gotHeard []string
		for row := range strings.SplitSeq(s.seen.String(), "\n") {
			switch {
			case strings.HasPrefix(row, "said "):
				gotSaid = append(gotSaid, row)
			case strings.HasPrefix(row, "heard line "):
				gotHeard = append(gotHeard, row)
			case strings.HasPrefix(row, "> line ") && strings.Count(row, "line") == 1, row != "> " && strings.HasPrefix("> line", row):
			case row != ">" && row != "result" && !strings.HasPrefix(row, "  "):
				t.Errorf("torn: %q", row)
			}
		}
		if diff := cmp.Diff(said, gotSaid); diff != "" {
			t.Error(diff)
		}
		if len(gotHeard) > len(typed) || cmp.Diff(typed[:len(gotHeard)], gotHeard) != "" {
			t.Errorf("heard %q", gotHeard)
		}
	})
}

func TestWaysToLeave(t *testing.T) {
	tests := []struct {
		name   string
		leave  func(*session)
		screen []string
		status int
	}{
		{"Ctrl-D", func(s *session) { s.types("\x04") }, append([]string{"heard one", ">"}, result(1, false)...), 0},
		{"Ctrl-C", func(s *session) { s.types("\x03") }, append([]string{"heard one", "> ^C"}, result(1, true)...), 0},
		{"Ctrl-C in a line", func(s *session) { s.types("half\x03") }, append([]string{"heard one", "> half^C"}, result(1, true)...), 0},
		{"it does not read", func(s *session) { s.says("deaf"); s.types("a\rb\rc\r\x03") }, append([]string{"heard one", "> a", "> b", "> c", "> ^C"}, result(1, true)...), 0},
		{"it ends", func(s *session) { s.says("end") }, append([]string{"heard one"}, result(1, false)...), 0},
		{"it fails", func(s *session) { s.says("fail") }, append(append([]string{"heard one"}, result(1, false)...), "  error    closed", "room: closed: the room is closed"), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, command ...string) {
				s := sitDown(t, 60, command...)
				s.sees(2, ">")
				s.types("one\r")
				s.sees(2, "> one", "heard one", ">")
				tt.leave(s)
				s.leaves(tt.status)
				s.sees(0, append([]string{"> one"}, tt.screen...)...)
			})
		})
	}
}

// A half typed line is nobody's, and stays to be seen.
func TestSignalsEndAndTheTerminalIsRestored(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			bothWays(t, func(t *testing.T, command ...string) {
				s := sitDown(t, 60, command...)
				s.sees(2, ">")
				s.says("hello")
				s.sees(2, "hello", ">")
				s.types("half")
				s.sees(6, "hello", "> half")
				s.cmd.Process.Signal(signal)
				s.leaves(0)
				s.shows("> half", "result")
			})
		})
	}
}

func TestNoEditorWithoutATerminal(t *testing.T) {
	theirs, others, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer others.Close()
	for _, command := range [][]string{{"room"}, {"room", "attached"}} {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Stdin = strings.NewReader("one\ntwo")
		cmd.ExtraFiles = []*os.File{theirs}
		out, err := cmd.Output()
		if err != nil || strings.Contains(string(out), prompt) || strings.Count(string(out), "heard") != 2 {
			t.Errorf("%q: %q, %v", command, out, err)
		}
	}
}
