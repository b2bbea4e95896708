package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
		s.shows("  stopped  false") // the last row
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
		if len(gotHeard) > len(typed) || !slices.Equal(typed[:len(gotHeard)], gotHeard) {
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
		{"it does not read", func(s *session) { s.says("deaf"); s.shows("deaf"); s.types("a\rb\rc\r\x03") }, append([]string{"heard one", "deaf", "> a", "> b", "> c", "> ^C"}, result(1, true)...), 0},
		{"it ends while a line is typed", func(s *session) {
			s.types("半句")
			s.sees(6, "> one", "heard one", "> 半句")
			s.says("end")
		}, append([]string{"heard one"}, result(1, false)...), 0},
		{"it ends while a long line is typed", func(s *session) {
			s.types(strings.Repeat("x", 70))
			s.sees(12, "> one", "heard one", "> "+strings.Repeat("x", 58), strings.Repeat("x", 12))
			s.says("end")
		}, append([]string{"heard one"}, result(1, false)...), 0},
		{"it ends", func(s *session) { s.says("end") }, append([]string{"heard one"}, result(1, false)...), 0},
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

// On a node, standard output and error come by ways of their own.
func TestItFails(t *testing.T) {
	bothWays(t, func(t *testing.T, command ...string) {
		s := sitDown(t, 60, command...)
		s.sees(2, ">")
		s.says("fail")
		s.leaves(1)
		s.shows("result", "  error    closed", "room: closed: the room is closed")
	})
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

// A terminal that nobody reads holds up neither its settings nor, at the second signal at the
// latest, the end.
func TestSignalsEndThoughNobodyReads(t *testing.T) {
	bothWays(t, func(t *testing.T, command ...string) {
		s := sitDown(t, 60, command...)
		s.sees(2, ">")
		s.looking.Lock()
		t.Cleanup(s.looking.Unlock)
		for range 10_000 { // more than a terminal holds
			s.says(strings.Repeat("many words ", 8))
		}
		s.cmd.Process.Signal(syscall.SIGTERM)
		s.restored()
		if len(command) > 1 {
			s.cmd.Process.Signal(syscall.SIGTERM)
		}
		s.ends()
		s.restored()
	})
}

// A terminal that goes away without a signal is the end of standard input.
func TestTerminalIsGone(t *testing.T) {
	bothWays(t, func(t *testing.T, command ...string) {
		s := sitDownAs(t, 60, &syscall.SysProcAttr{Setsid: true}, command...)
		s.says("hello")
		s.sees(2, "hello", ">")
		s.shell.Close()
		s.master.Close()
		s.ends()
		if s.cmd.ProcessState.ExitCode() < 0 {
			t.Error(s.cmd.ProcessState)
		}
	})
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
