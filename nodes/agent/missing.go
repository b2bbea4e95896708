package agent

import "errors"

// ErrNoProgram is what a start's error is (errors.Is) when the node has no such program.
var ErrNoProgram = errors.New("the node has no such program")

// missing is the name of a program that a node does not have.
type missing string

func (m missing) Error() string        { return string(m) + ": " + ErrNoProgram.Error() }
func (m missing) Is(target error) bool { return target == ErrNoProgram }
