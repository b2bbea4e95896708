//go:build !unix

package main

import (
	"context"
	"os"
	"sync/atomic"
)

// keys reads a terminal; a read that waits for a key ends with the process.
type keys struct {
	*os.File
	closed atomic.Bool
}

func newKeys(terminal *os.File) (*keys, error) { return &keys{File: terminal}, nil }

func (k *keys) over() bool { return k.closed.Load() }

func (k *keys) close() { k.closed.Store(true) }

func onResize(context.Context, func()) {}
