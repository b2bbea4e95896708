package topotest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"netsim/topology"
)

// Driver is a topology.Driver that builds nothing: it records what it is asked, and
// plays what its scripts say.
//
//	driver := &topotest.Driver{Scripts: map[string][]topotest.Script{
//		"alice: ping bob": {{Stdout: []string{`{"event":"result","sent":5}`}}},
//		"bob: echo serve": {{Stdout: []string{`{"event":"ready"}`}, Stays: true}},
//	}}
//
// Several scripts for one command are played one after the other, the last one ever
// again: what a retry sees. The zero value plays nothing and refuses every command.
type Driver struct {
	Scripts map[string][]Script // by "NODE: COMMAND", its words joined by blanks
	UpError error               // what Up returns instead of a world
	Broken  Broken              // links and nodes

	mu     sync.Mutex
	worlds []*World
}

// Script is what a program does: it writes, and ends.
type Script struct {
	Stdout  []string                   // lines, without their ends
	Stderr  []string                   // lines
	Delay   time.Duration              // before it writes; a stop ends it early
	Stays   bool                       // it goes on until it is stopped
	Reads   bool                       // it reads its input to the end before it ends
	Ends    <-chan struct{}            // with Stays: it also goes on when this is closed
	Replies func(line string) []string // with Stays: what it writes for each line of its input
	Last    []string                   // lines that it writes before it ends, also when stopped: a server's result
	Exit    int
	Error   error // what Start returns instead of a process
	Unknown error // what Wait returns: it is not known how it ended
}

// Call is a command that a World was asked to start.
type Call struct {
	Node    string
	Command topology.Command
}

// String is the key of the command in Driver.Scripts.
func (c Call) String() string { return c.Node + ": " + strings.Join(c.Command.Args, " ") }

// Name is "topotest".
func (d *Driver) Name() string { return "topotest" }

// Up returns a *World.
func (d *Driver) Up(ctx context.Context, run topology.Run) (topology.World, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.UpError != nil {
		return nil, d.UpError
	}
	w := &World{driver: d, run: run, played: map[string]int{}}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.worlds = append(d.worlds, w)
	return w, nil
}

// Worlds are those that were brought up, in order.
func (d *Driver) Worlds() []*World {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.worlds)
}

// World is what Driver brings up.
type World struct {
	driver *Driver
	run    topology.Run

	mu        sync.Mutex
	calls     []Call
	processes []*Process
	played    map[string]int
	closed    bool
	state     state
}

// Run is what Up was given.
func (w *World) Run() topology.Run { return w.run }

// Calls are the commands started so far, in order.
func (w *World) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// Processes are the processes of the calls that were played.
func (w *World) Processes() []*Process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.processes)
}

// Start plays the next script of the command.
func (w *World) Start(ctx context.Context, node string, c topology.Command) (topology.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	call := Call{node, c}
	w.calls = append(w.calls, call)
	w.state.acts = append(w.state.acts, "start "+call.String())
	if err := w.state.hasPower(node); err != nil {
		return nil, err
	}
	s, err := w.next(call)
	if err != nil {
		return nil, err
	}
	p := newProcess(call, s)
	w.processes = append(w.processes, p)
	go p.play()
	return p, nil
}

func (w *World) next(call Call) (Script, error) {
	key := call.String()
	scripts := w.driver.Scripts[key]
	switch {
	case w.closed:
		return Script{}, fmt.Errorf("the world is closed")
	case w.run.Plan != nil && w.run.Plan.Node(call.Node) == nil:
		return Script{}, fmt.Errorf("no node %q", call.Node)
	case len(scripts) == 0:
		return Script{}, fmt.Errorf("no script for %q, only for %q", key, slices.Sorted(maps.Keys(w.driver.Scripts)))
	}
	s := scripts[min(w.played[key], len(scripts)-1)]
	w.played[key]++
	return s, s.Error
}

// Close ends all processes, and returns when they have ended.
func (w *World) Close() error {
	w.mu.Lock()
	w.closed = true
	processes := w.processes
	w.mu.Unlock()
	for _, p := range processes {
		p.kill()
		<-p.done
	}
	return nil
}

// Process plays a script.
type Process struct {
	Call Call

	script                Script
	stdin, stdout, stderr pipe
	stopped, done         chan struct{}
	stop                  sync.Once

	mu     sync.Mutex
	input  strings.Builder
	killed bool // by World.Power
}

type pipe struct {
	r *io.PipeReader
	w *io.PipeWriter
}

func newPipe() pipe {
	r, w := io.Pipe()
	return pipe{r, w}
}

func newProcess(call Call, s Script) *Process {
	return &Process{
		Call: call, script: s,
		stdin: newPipe(), stdout: newPipe(), stderr: newPipe(),
		stopped: make(chan struct{}), done: make(chan struct{}),
	}
}

// play writes the script's lines and ends. Input is read all the while.
func (p *Process) play() {
	defer close(p.done)
	var reader sync.WaitGroup
	reader.Go(p.read)
	p.pause()
	write(p.stdout.w, p.script.Stdout)
	write(p.stderr.w, p.script.Stderr)
	if p.script.Stays {
		select {
		case <-p.stopped:
		case <-p.script.Ends:
		}
	}
	if !p.script.Reads {
		p.stdin.r.Close()
	}
	reader.Wait()
	write(p.stdout.w, p.script.Last)
	p.stdout.w.Close()
	p.stderr.w.Close()
}

func (p *Process) pause() {
	t := time.NewTimer(p.script.Delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.stopped:
	}
}

// read records the input, and replies to its lines.
func (p *Process) read() {
	in := bufio.NewReader(p.stdin.r)
	for {
		line, err := in.ReadString('\n')
		p.mu.Lock()
		p.input.WriteString(line)
		p.mu.Unlock()
		if p.script.Replies != nil && line != "" {
			write(p.stdout.w, p.script.Replies(strings.TrimSuffix(line, "\n")))
		}
		if err != nil {
			return
		}
	}
}

func write(w io.Writer, lines []string) {
	for _, l := range lines {
		if _, err := io.WriteString(w, l+"\n"); err != nil {
			return // the world was closed
		}
	}
}

// Input is what was written to the process's standard input so far.
func (p *Process) Input() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.input.String()
}

// Stopped says whether Stop was called.
func (p *Process) Stopped() bool {
	select {
	case <-p.stopped:
		return true
	default:
		return false
	}
}

// Stdin is recorded; see Input.
func (p *Process) Stdin() io.WriteCloser { return p.stdin.w }

// Stdout is what the script writes.
func (p *Process) Stdout() io.Reader { return p.stdout.r }

// Stderr is what the script writes to standard error.
func (p *Process) Stderr() io.Reader { return p.stderr.r }

// Stop ends a script that stays; its last lines are written.
func (p *Process) Stop() error {
	p.stop.Do(func() { close(p.stopped) })
	return nil
}

// kill ends it even where nobody reads its output.
func (p *Process) kill() {
	p.stop.Do(func() { close(p.stopped) })
	p.stdin.r.Close()
	p.stdout.r.Close()
	p.stderr.r.Close()
}

// Wait returns the script's exit status: 143 and "terminated" for one that was stopped
// and has no last lines, as a program that does not handle SIGTERM.
func (p *Process) Wait() (topology.ExitStatus, error) {
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return topology.ExitStatus{Code: 137, Signal: "killed"}, nil
	}
	if p.Stopped() && p.script.Last == nil && p.script.Stays {
		return topology.ExitStatus{Code: 143, Signal: "terminated"}, p.script.Unknown
	}
	return topology.ExitStatus{Code: p.script.Exit}, p.script.Unknown
}
