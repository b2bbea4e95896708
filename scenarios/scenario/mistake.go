package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netsim/nodes"
)

// Position is a place in a scenario file. Both count from 1; columns are characters.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Mistake is one thing that is wrong in a scenario file.
type Mistake struct {
	File         string
	Line, Column int
	Message      string // lower case, no full stop: what, which value
	Hint         string // what would be valid; may be empty
}

// Error is "file:line:col: message", and the hint on a second line.
func (m Mistake) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
	if m.Hint != "" {
		text += "\n  " + m.Hint
	}
	return text
}

// Mistakes are all the mistakes of a file, in file order.
type Mistakes []Mistake

func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// inOrder sorts the mistakes by place and drops the repeated ones.
func (ms Mistakes) inOrder() Mistakes {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(ms)
}

// synonyms are words for fields of links that other tools have.
var synonyms = map[string]string{"latency": "delay", "bandwidth": "rate", "limit": "queue", "corruption": "corrupt", "duplication": "duplicate"}

// choose is a hint: the valid names, and before them the nearest to a wrong word.
func choose(word string, names []string) string {
	if s := synonyms[word]; slices.Contains(names, s) {
		return "it is called " + s + " here; valid: " + strings.Join(names, ", ")
	}
	const most = 30
	shown := names
	if len(names) > most {
		shown = append(slices.Clone(names[:most]), fmt.Sprintf("… and %d more", len(names)-most))
	}
	hint := "valid: " + strings.Join(shown, ", ")
	if len(names) == 0 {
		hint = "there are none"
	}
	if near := nodes.Nearest(word, names); near != "" && word != "" {
		return "did you mean " + near + "? " + hint
	}
	return hint
}
