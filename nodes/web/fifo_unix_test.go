//go:build unix

package web_test

import (
	"syscall"
	"testing"
)

func makeFIFO(t *testing.T, file string) {
	t.Helper()
	if err := syscall.Mkfifo(file, 0o666); err != nil {
		t.Fatal(err)
	}
}
