package agent

import (
	"fmt"
	"io"
	"sync"

	"netsim/topology"
)

// process is a client's view of a program that runs on a node: a topology.Process.
type process struct {
	client         *Client
	id             uint64
	stdin          *stdin
	stdout, stderr *inbox
	done           chan struct{}

	once   sync.Once
	status topology.ExitStatus
	err    error
}

func newProcess(c *Client, id uint64) *process {
	p := &process{client: c, id: id, done: make(chan struct{})}
	p.stdin = &stdin{process: p, window: newWindow()}
	p.stdout = newInbox(func(n int) { p.credit(verbStdout, n) })
	p.stderr = newInbox(func(n int) { p.credit(verbStderr, n) })
	return p
}

func (p *process) Stdin() io.WriteCloser { return p.stdin }
func (p *process) Stdout() io.Reader     { return p.stdout }
func (p *process) Stderr() io.Reader     { return p.stderr }

// Stop returns nil also when the process has ended already.
func (p *process) Stop() error {
	p.client.conn.send(message{Verb: verbStop, ID: p.id})
	return nil
}

// Wait returns when the program has ended and all of its output has come; an
// error wraps ErrGone.
func (p *process) Wait() (topology.ExitStatus, error) {
	<-p.done
	return p.status, p.err
}

func (p *process) credit(stream verb, n int) {
	p.client.conn.send(message{Verb: verbCredit, ID: p.id, Stream: stream, Bytes: n})
}

// abandon lets a process that nobody asks for any more come to its end.
func (p *process) abandon() {
	p.stdout.discard()
	p.stderr.discard()
	_ = p.Stop()
}

// handle takes a message of the server about this process.
func (p *process) handle(m message) error {
	ok := true
	switch m.Verb {
	case verbStdout:
		ok = p.stdout.push(m.Data)
	case verbStderr:
		ok = p.stderr.push(m.Data)
	case verbCredit:
		p.stdin.window.give(m.Bytes)
	case verbExit:
		p.client.forget(p.id)
		if m.Exit == nil {
			return fmt.Errorf("agent stream: exit of %d without a status", p.id)
		}
		p.finish(*m.Exit, nil)
	}
	if !ok {
		return fmt.Errorf("agent stream: more %s than the window of %d bytes", m.Verb, Window)
	}
	return nil
}

// finish ends the process as its holder sees it.
func (p *process) finish(status topology.ExitStatus, err error) {
	p.once.Do(func() {
		p.status, p.err = status, err
		reason := err
		if reason == nil {
			reason = io.EOF
		}
		p.stdout.end(reason)
		p.stderr.end(reason)
		p.stdin.window.release()
		close(p.done)
	})
}

// stdin is the writing end of a process's standard input.
type stdin struct {
	process *process
	window  *window
	closed  sync.Once
}

// Write returns when everything is on its way; io.ErrClosedPipe once the process has
// ended.
func (s *stdin) Write(data []byte) (int, error) {
	done := 0
	for done < len(data) {
		n := s.window.take(min(chunk, len(data)-done))
		if s.window.released() {
			return done, io.ErrClosedPipe
		}
		s.process.client.conn.send(message{Verb: verbStdin, ID: s.process.id, Data: append([]byte(nil), data[done:done+n]...)})
		done += n
	}
	return done, nil
}

// Close is end of file.
func (s *stdin) Close() error {
	s.closed.Do(func() { s.process.client.conn.send(message{Verb: verbEOF, ID: s.process.id}) })
	return nil
}
