//go:build !unix

package main

// Without flock(2), the newest folders stay, whoever uses them.
func hold(string) (release func()) { return func() {} }

func held(string) bool { return false }
