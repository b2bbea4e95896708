package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"netsim/topology"
)

// stopLimit is how long an ended program's node may take to say so, after the signals.
const stopLimit = topology.DefaultGrace + 10*time.Second

// running is a command that was started on a node, and what it has said so far.
//
//	process ── stdout ──► pump ──► file, events (run) or text (exec)
//	        ── stderr ──► pump ──► file, last lines
//	        ── Wait ────► done, once both pumps are
type running struct {
	name    string // of a background program
	command *command
	process topology.Process
	began   time.Time
	out     *os.File
	err     *os.File
	input   chan input    // for standard input
	gone    chan struct{} // closed when the process has ended
	done    chan struct{} // closed when it has ended, all output is read, and nobody writes

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with every output
	events  []*event
	stray   string // the first line that is no event
	stdout  text   // of exec
	stderr  text
	exit    topology.ExitStatus
	unknown error // it is not known how it ended
	stopped bool  // it was asked to end
	noted   bool  // its end is in the journal; the runner's
}

// input is something to write to a program.
type input struct {
	text    string
	last    bool         // close standard input after it
	written chan<- error // has room for one
}

// event is a line of a program's output.
type event struct {
	kind  string
	raw   json.RawMessage
	taken bool // by an await
}

// launch starts a command; its output goes to NAME.out and NAME.err in the run's folder.
func (r *runner) launch(ctx context.Context, c *command, name string) (*running, error) {
	p := &running{
		command: c, began: time.Now(),
		input: make(chan input), gone: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}),
	}
	var err error
	if p.out, err = r.journal.output(name + ".out"); err != nil {
		return nil, err
	}
	if p.err, err = r.journal.output(name + ".err"); err != nil {
		p.out.Close()
		return nil, err
	}
	if p.process, err = r.world.Start(ctx, c.node, c.order()); err != nil {
		p.out.Close()
		p.err.Close()
		return nil, err
	}
	go p.follow()
	return p, nil
}

// follow reads the output and waits for the end. It owns the pumps and the writer.
func (p *running) follow() {
	var pumps, writer sync.WaitGroup
	writer.Go(p.writeInput)
	pumps.Go(func() {
		p.pumpOutput()
		p.out.Close()
	})
	pumps.Go(func() {
		pump(p.process.Stderr(), p.err, taker{p, &p.stderr})
		p.err.Close()
	})
	pumps.Wait()
	exit, err := p.process.Wait()
	p.update(func() { p.exit, p.unknown = exit, err })
	close(p.gone)
	p.process.Stdin().Close() // frees a writer that nobody reads from
	writer.Wait()
	close(p.done)
}

// pumpOutput takes events, or of other programs whatever they write, when they write it.
func (p *running) pumpOutput() {
	if p.command.call == nil {
		pump(p.process.Stdout(), p.out, taker{p, &p.stdout})
		return
	}
	lines := &lineWriter{take: p.takeEvent}
	pump(p.process.Stdout(), p.out, lines)
	lines.flush()
}

// update changes the state and wakes those who wait for it.
func (p *running) update(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

// writeInput writes what is handed over, until the process has ended.
func (p *running) writeInput() {
	for {
		select {
		case in := <-p.input:
			var err error
			if in.text != "" { // an empty write waits for a reader in some pipes
				_, err = io.WriteString(p.process.Stdin(), in.text)
			}
			if in.last {
				p.process.Stdin().Close()
			}
			in.written <- err
		case <-p.gone:
			return
		}
	}
}

// feed hands over all that a program will read. It need not read it.
func (p *running) feed(text string) {
	select {
	case p.input <- input{text, true, make(chan error, 1)}:
	case <-p.gone:
	}
}

// write writes a text to standard input, which stays open.
func (p *running) write(ctx context.Context, text string) error {
	written := make(chan error, 1)
	select {
	case p.input <- input{text, false, written}:
	case <-p.gone:
		return errors.New("it has ended")
	case <-ctx.Done():
		return errors.New(because(ctx))
	}
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return errors.New(because(ctx))
	}
}

// until waits until something holds, which is asked anew with every output. It returns
// false when the program or ctx ends first.
func (p *running) until(ctx context.Context, holds func() bool) bool {
	for {
		p.mu.Lock()
		yes, changed := holds(), p.changed
		p.mu.Unlock()
		if yes {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		case <-p.done: // no output comes any more, but some may have come just before
			p.mu.Lock()
			defer p.mu.Unlock()
			return holds()
		}
	}
}

// await waits for the first event that fits, and takes it.
func (p *running) await(ctx context.Context, fits func(*event) bool) *event {
	var found *event
	next := 0
	p.until(ctx, func() bool {
		for ; next < len(p.events); next++ {
			if e := p.events[next]; fits(e) {
				e.taken, found = true, e
				return true
			}
		}
		return false
	})
	return found
}

// untilSaid waits until the output has a text.
func (p *running) untilSaid(ctx context.Context, sought string) bool {
	out, err := finder{sought: sought}, finder{sought: sought}
	return p.until(ctx, func() bool { return out.in(&p.stdout) || err.in(&p.stderr) })
}

// wait returns true once the program has ended, or false when ctx has.
func (p *running) wait(ctx context.Context) bool {
	select {
	case <-p.done:
		return true
	case <-ctx.Done():
		return p.hasEnded()
	}
}

func (p *running) hasEnded() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *running) isStopped() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped
}

// stop ends the program, and returns when it has ended. A node that does not answer is
// not waited for without end: closing the world frees what is left.
func (p *running) stop() { p.stopBy(context.Background()) }

// stopBy waits no longer than ctx.
func (p *running) stopBy(ctx context.Context) {
	if p.hasEnded() {
		return
	}
	p.update(func() { p.stopped = true })
	err := p.process.Stop()
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	if !p.wait(ctx) {
		p.update(func() { p.unknown = errors.Join(errors.New("it does not end"), err) })
	}
}
