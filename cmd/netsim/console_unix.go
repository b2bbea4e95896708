//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// keys reads a terminal until it is closed: a plain read would go on until the next
// key, and take it from the shell.
type keys struct {
	terminal *os.File
	r, w     *os.File // closing w wakes whoever waits
	ended    atomic.Bool
	closed   atomic.Bool
	reading  sync.Mutex
}

func newKeys(terminal *os.File) (*keys, error) {
	r, w, err := os.Pipe()
	return &keys{terminal: terminal, r: r, w: w}, err
}

func (k *keys) Read(b []byte) (int, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	for !k.ended.Load() {
		n, err := k.wait(b)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n > 0 && err == nil {
			return n, nil
		}
		k.ended.Store(true) // the terminal is gone
	}
	return 0, io.EOF
}

func (k *keys) wait(b []byte) (int, error) {
	fd, wake := int(k.terminal.Fd()), int(k.r.Fd())
	var ready unix.FdSet
	ready.Set(fd)
	ready.Set(wake)
	// select(2), since poll(2) does not know terminals on macOS
	if _, err := unix.Select(max(fd, wake)+1, &ready, nil, nil, nil); err != nil {
		return 0, err
	}
	if ready.IsSet(wake) {
		return 0, io.EOF
	}
	return unix.Read(fd, b)
}

// over says whether there will be no more keys.
func (k *keys) over() bool { return k.ended.Load() }

func (k *keys) close() {
	k.closed.Store(true)
	k.ended.Store(true)
	k.w.Close()
	k.reading.Lock()
	defer k.reading.Unlock()
	k.r.Close()
}

// onResize calls changed whenever the terminal has another size, until ctx ends.
func onResize(ctx context.Context, changed func()) {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		defer signal.Stop(resized)
		for {
			select {
			case <-resized:
				changed()
			case <-ctx.Done():
				return
			}
		}
	}()
}
