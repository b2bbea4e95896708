package scenario

import (
	"fmt"
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"

	"netsim/nodes"
)

// signature is what is known of a result before it is there.
type signature struct {
	fields  []nodes.Field
	unknown bool // its command has mistakes: nothing is said about its fields
}

// scope is what a step can refer to: the results and background programs of the
// steps before it.
type scope struct {
	results    map[string]signature // by `as`
	order      []string             // names of results, in file order
	background map[string]*start    // by name; nil for one with mistakes
	started    []string             // names of background programs, in file order
}

func newScope() *scope {
	return &scope{results: map[string]signature{}, background: map[string]*start{}}
}

func (s *scope) clone() *scope {
	return &scope{
		results: maps.Clone(s.results), order: s.order[:len(s.order):len(s.order)],
		background: maps.Clone(s.background), started: s.started[:len(s.started):len(s.started)],
	}
}

func (s *scope) addResult(name string, sig signature) {
	if _, twice := s.results[name]; !twice {
		s.order = append(s.order, name)
	}
	s.results[name] = sig
}

func (s *scope) addBackground(name string, b *start) {
	if _, twice := s.background[name]; !twice {
		s.started = append(s.started, name)
	}
	s.background[name] = b
}

// unique refuses a name that something of the same kind has already.
func (r *reader) unique(n *yaml.Node, kind, name string) {
	key := kind + "\x00" + name
	if before, twice := r.names[key]; twice {
		r.wrong(n, fmt.Sprintf("%s %q is taken", kind, name), fmt.Sprintf("it is on line %d already: every %s needs a name of its own", before.Line, kind))
		return
	}
	r.names[key] = Position{n.Line, n.Column}
}

// isIdentifier says whether a name can stand in an expression.
func isIdentifier(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	return s != "" && len(s) <= 40 && strings.Contains(letters, s[:1]) && strings.Trim(s, letters+"0123456789") == ""
}

// reserved are the words that mean something in expressions.
func reserved(name string) bool {
	const words = " nodes plausible true false nil and or not in contains matches startsWith endsWith let if else "
	return strings.Contains(words, " "+name+" ")
}

// resultName reads `as:`.
func (r *reader) resultName(n *yaml.Node) string {
	name, ok := r.text(n, "as")
	switch {
	case !ok:
		return ""
	case !isIdentifier(name):
		r.wrong(n, fmt.Sprintf("as: %q cannot stand in an expression", name), "letters, digits and underscores, at most 40, not beginning with a digit")
	case reserved(name):
		r.wrong(n, fmt.Sprintf("as: %q means something else in expressions", name), "take another name")
	default:
		r.unique(n, "result", name)
	}
	return name
}

// backgroundName reads the name of a background program that steps before started.
func (s *stepReader) backgroundName(n *yaml.Node, what string) (string, *start) {
	name, ok := s.text(n, what)
	if !ok {
		return "", nil
	}
	b, known := s.scope.background[name]
	if !known {
		s.wrong(n, fmt.Sprintf("nothing is started under the name %q before this step", name), choose(name, s.scope.started))
	}
	return name, b
}
