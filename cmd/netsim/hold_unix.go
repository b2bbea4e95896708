//go:build unix

package main

import (
	"os"
	"syscall"
)

// hold keeps a run's folder from being pruned, by a shared lock (flock(2)), until the returned
// function is called. The process of a kept native network holds its folder itself.
func hold(dir string) (release func()) {
	f, err := os.Open(dir)
	if err != nil {
		return func() {}
	}
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_SH)
	return func() { f.Close() }
}

// held says whether somebody holds a folder.
func held(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return true
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}
