//go:build linux || darwin

package web

import (
	"os"
	"syscall"
)

// lock takes a file for this program alone, until it is closed (flock(2)).
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
