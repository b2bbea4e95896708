package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// compare is `compare: [A, B]`: the results of earlier steps side by side.
type compare struct {
	names   []string
	results map[string]signature
}

func readCompare(s *stepReader) action {
	a := &compare{results: map[string]signature{}}
	items := s.sequence(s.value, "compare", "[near, far]")
	for _, item := range items {
		name, ok := s.text(item, "the result")
		if !ok {
			continue
		}
		sig, known := s.scope.results[name]
		switch {
		case !known:
			s.wrong(item, fmt.Sprintf("no step before this one has `as: %s`", name), choose(name, s.scope.order))
		case slices.Contains(a.names, name):
			s.wrong(item, fmt.Sprintf("%s is compared with itself", name), choose("", s.scope.order))
		}
		a.names = append(a.names, name)
		a.results[name] = sig
	}
	if len(items) < 2 {
		s.mistake(s.step.Position, fmt.Sprintf("compare takes two results or more, not %d", len(items)), choose("", s.scope.order))
	}
	return a
}

func (a *compare) String() string    { return "compare " + strings.Join(a.names, ", ") }
func (a *compare) result() signature { return signature{} }

// do does nothing: to compare is to judge.
func (a *compare) do(context.Context, *runner, *Step) Record { return Record{} }
