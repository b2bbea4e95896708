package main

import (
	"errors"
	"fmt"
	"io"

	"netsim/topology"
)

// tell prints an error with its hint, and returns the exit status that it means.
// An error that says nothing of its status is the machine's: what a person can get wrong is checked
// where it is read.
func tell(w io.Writer, err error) int {
	code := cannotRun
	if s := (*status)(nil); errors.As(err, &s) {
		code = s.code
		if s.err == nil {
			return code
		}
	}
	fmt.Fprintln(w, withHint(err))
	return code
}

// withHint is an error's text, and on a second line what to do about it, where the
// error knows that.
func withHint(err error) string {
	if hint := hintOf(err); hint != "" {
		return err.Error() + "\n  " + hint
	}
	return err.Error()
}

func hintOf(err error) string {
	if u := (*topology.Unavailable)(nil); errors.As(err, &u) {
		return u.Hint
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
