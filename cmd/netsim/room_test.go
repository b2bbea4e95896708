package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"netsim/nodes"
	"netsim/topology"
)

// room is a program for the tests of the console: it says what it hears on standard input,
// and whatever comes in on descriptor 3 as if others said it.
func room() *nodes.Program {
	text := []nodes.Field{{Name: "text", Type: nodes.Text, Help: "what was said"}}
	say := func(v nodes.Values) string { return fmt.Sprint(v["text"]) }
	return &nodes.Program{Name: "room", Summary: "hears lines", Forms: []nodes.Form{{
		Lines:  true,
		Events: []nodes.Kind{{Event: "heard", Fields: text, Text: func(v nodes.Values) string { return "heard " + say(v) }}, {Event: "message", Fields: text, Text: say}},
		Result: []nodes.Field{{Name: "lines", Type: nodes.Int, Help: "lines heard"}, {Name: "stopped", Type: nodes.Bool, Help: "told to end"}},
		Run:    runInRoom,
	}}}
}

func runInRoom(ctx context.Context, call *nodes.Call) error {
	others := make(chan string)
	go func() {
		defer close(others)
		for in := bufio.NewScanner(os.NewFile(3, "others")); in.Scan(); {
			others <- in.Text()
		}
	}()
	heard, stopped := 0, false
	defer func() { call.Result(nodes.Values{"lines": heard, "stopped": stopped}) }()
	for typed := call.Lines(ctx); ; {
		select {
		case line, ok := <-typed:
			if !ok {
				stopped = ctx.Err() != nil
				return nil
			}
			heard++
			call.Event("heard", nodes.Values{"text": line})
		case text := <-others:
			switch text {
			case "end":
				return nil
			case "fail":
				return nodes.Failf(nodes.Closed, "the room is closed")
			case "log":
				call.Logf("a log, and no\x1b[2Jnonsense")
			case "deaf":
				call.Say("deaf")
				<-ctx.Done()
				stopped = true
				return nil
			default:
				call.Event("message", nodes.Values{"text": text})
			}
		case <-ctx.Done():
			stopped = true
			return nil
		}
	}
}

// runRoom is the program, or with `attached` the command line of one that runs elsewhere.
func runRoom(args []string) int {
	t := terminal{os.Stdin, os.Stdout, os.Stderr}
	set := nodes.Set{room()}
	if len(args) == 0 || args[0] != "attached" {
		return runProgram(context.Background(), set, []string{"room"}, t)
	}
	p, err := startElsewhere()
	if err != nil {
		return tell(t.err, err)
	}
	if err := attach(context.Background(), t, p, readsLines(set, []string{"room"})); err != nil {
		return tell(t.err, err)
	}
	return 0
}

// elsewhere is a process at the other end of three pipes, as one on a node is.
type elsewhere struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
	stderr io.Reader
}

func startElsewhere() (*elsewhere, error) {
	e := &elsewhere{cmd: exec.Command("room")}
	e.cmd.Env = append(os.Environ(), peopleRead+"=1")
	e.cmd.ExtraFiles = []*os.File{os.NewFile(3, "others")}
	var errs [3]error
	e.stdin, errs[0] = e.cmd.StdinPipe()
	e.stdout, errs[1] = e.cmd.StdoutPipe()
	e.stderr, errs[2] = e.cmd.StderrPipe()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return e, e.cmd.Start()
}

func (e *elsewhere) Stdin() io.WriteCloser { return e.stdin }
func (e *elsewhere) Stdout() io.Reader     { return e.stdout }
func (e *elsewhere) Stderr() io.Reader     { return e.stderr }
func (e *elsewhere) Stop() error           { return e.cmd.Process.Signal(syscall.SIGTERM) }
func (e *elsewhere) Wait() (topology.ExitStatus, error) {
	_ = e.cmd.Wait()
	return topology.ExitStatus{Code: e.cmd.ProcessState.ExitCode()}, nil
}
