//go:build !unix

package web_test

import "testing"

// makeFIFO makes none: then there is nothing of that name, which no more is served.
func makeFIFO(*testing.T, string) {}
