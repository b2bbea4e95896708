package topology

import "strings"

// Problem is a mistake in a Topology, found by Resolve. Where is the path of keys in
// the scenario file that leads to the value at fault ("hosts", "alice",
// "networks", "office"); list positions are numbers in text form ("0"). A reader
// that knows positions turns it into file:line:col, and falls back on the longest
// leading part of the path that the file has.
type Problem struct {
	Where   []string
	Message string   // lower case, no full stop: what, which value
	Hint    string   // what would be valid; may be empty
	Found   string   // where a name is wrong: the name, and
	Valid   []string // the names that would be right; the reader adds the nearest one
}

func (p Problem) Error() string {
	return strings.Join(p.Where, ".") + ": " + p.Message
}

// Problems is all that is wrong, in file order as far as Resolve knows it.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// add notes a mistake.
func (ps *Problems) add(where []string, message, hint string) {
	*ps = append(*ps, Problem{Where: where, Message: message, Hint: hint})
}

// unknown notes a name that is none of the valid ones.
func (ps *Problems) unknown(where []string, message, found string, valid []string) {
	*ps = append(*ps, Problem{Where: where, Message: message, Found: found, Valid: valid})
}

func path(keys ...string) []string { return keys }
