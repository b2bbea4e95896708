//go:build !unix

package topotest

import "testing"

// Alone skips as Require does. Where there is no flock(2), whoever runs the tests runs
// one package at a time (go test -p 1).
func Alone(t testing.TB, need string) { check(t, need) }

func share(testing.TB) {}
