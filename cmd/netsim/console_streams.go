package main

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// raw writes to a terminal in raw mode, where a line feed does not return the carriage.
// Writing nothing is the last thing that it writes: the editor takes the line that is being
// typed off the screen before what is written, and draws it again behind that.
type raw struct {
	to    io.Writer
	ended *atomic.Bool
}

// askCursor asks a terminal where its cursor is (VT100, DSR).
const askCursor = "\x1b[6n"

// Write does not pass on the question: a prompt begins in the first column, since only whole
// lines are written, and a terminal that does not answer would hold up everything.
func (w raw) Write(b []byte) (int, error) {
	if string(b) == askCursor {
		return 0, errors.New("nobody asks the terminal")
	}
	if len(b) == 0 {
		w.ended.Store(true)
	}
	if w.ended.Load() {
		return len(b), nil
	}
	if _, err := w.to.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// mostTyped bounds what waits to be read, in bytes.
const mostTyped = 1 << 20

// typed is what has been typed and not been read yet. Who types does not wait for who
// reads: else a program that does not read could not be interrupted.
type typed struct {
	mu    sync.Mutex
	more  sync.Cond
	bytes []byte
	ended bool
}

func newTyped() *typed {
	t := &typed{}
	t.more.L = &t.mu
	return t
}

// add says whether there was room.
func (t *typed) add(s string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.bytes)+len(s) > mostTyped {
		return false
	}
	t.bytes = append(t.bytes, s...)
	t.more.Broadcast()
	return true
}

func (t *typed) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.more.Broadcast()
}

func (t *typed) Read(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.bytes) == 0 && !t.ended {
		t.more.Wait()
	}
	if len(t.bytes) == 0 {
		return 0, io.EOF
	}
	n := copy(b, t.bytes)
	t.bytes = t.bytes[n:]
	return n, nil
}
