package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"netsim/nodes"
	"netsim/topology"
)

// Parse reads a scenario file. The name is for messages; programs are those that its
// commands may name. The error is Mistakes: all of them, in file order. Parse touches
// nothing of the machine: the same text gives the same File or Mistakes everywhere.
func Parse(name string, data []byte, programs nodes.Set) (*File, error) {
	r := &reader{
		file:      &File{Name: name, Text: data, Timeout: DefaultTimeout},
		lines:     strings.Split(string(data), "\n"),
		programs:  programs,
		positions: map[string]Position{},
		nodes:     map[string][]string{},
		names:     map[string]Position{},
	}
	if root := r.document(data); root != nil {
		r.scenario(root)
	}
	if len(r.mistakes) > 0 {
		return nil, r.mistakes.inOrder()
	}
	return r.file, nil
}

// reader holds a File in the making, and what is wrong so far. Its methods report
// mistakes and go on with zero values, so that one call finds all of them.
type reader struct {
	file      *File
	lines     []string
	programs  nodes.Set
	mistakes  Mistakes
	positions map[string]Position // by path of keys, as topology.Problem has them
	networks  []string            // names of networks, in file order
	nodes     map[string][]string // node name → its networks
	nodeNames []string            // in file order
	unsound   []string            // routers that Resolve does not get to see
	tooMany   bool                // networks or nodes

	noNetworks bool                // for their mistakes
	names      map[string]Position // of results and of background programs, to keep them unique
}

// scenario reads the top level.
func (r *reader) scenario(root *yaml.Node) {
	f := r.object(root, "the scenario", "name", "about", "about_zh", "seed", "timeout", "networks", "routers", "hosts", "steps")
	t := &r.file.Topology
	t.Name = r.name(root, f["name"])
	t.Seed = r.seed(f["seed"], DefaultSeed)
	r.file.About, _ = r.text(f["about"], "about")
	r.file.AboutZh, _ = r.text(f["about_zh"], "about_zh")
	r.file.About, r.file.AboutZh = strings.TrimSpace(r.file.About), unfold(strings.TrimSpace(r.file.AboutZh))
	if f["timeout"] != nil {
		r.file.Timeout = r.duration(f["timeout"], "timeout")
	}
	t.Networks = r.readNetworks(root, f["networks"])
	t.Routers = r.readRouters(f["routers"])
	hosts := r.readHosts(f["hosts"])
	for _, h := range hosts {
		if h.sound {
			t.Hosts = append(t.Hosts, h.Host)
		}
	}
	r.resolve()
	known := newScope()
	r.readSetup(hosts, known)
	r.readSteps(f["steps"], known)
	r.wire(r.file.Steps)
}

func (r *reader) name(root, n *yaml.Node) string {
	if n == nil {
		r.wrong(root, "the scenario has no name", "a name is letters, digits and hyphens: `name: first-try`")
		return ""
	}
	text, ok := r.text(n, "name")
	if ok && !topology.IsName(text) {
		r.wrong(n, fmt.Sprintf("%q is not a name for a scenario", text), topology.NameRule)
	}
	return text
}

// resolve makes the plan. Problems that follow from mistakes already found are left out:
// those at the same place, and names called unknown that the file has.
func (r *reader) resolve() {
	if r.noNetworks || r.tooMany {
		return // Resolve would say that there are none, or take long
	}
	asked := r.file.Topology
	asked.Networks = slices.Clone(asked.Networks) // Resolve fills in what they leave out
	plan, err := topology.Resolve(asked)
	r.file.Plan = plan
	var problems topology.Problems
	if !errors.As(err, &problems) {
		return
	}
	found := len(r.mistakes)
	for _, p := range problems {
		at := r.position(p.Where)
		same := func(m Mistake) bool { return m.Line == at.Line && m.Column == at.Column }
		if slices.ContainsFunc(r.mistakes[:found], same) || slices.Contains(r.networks, p.Found) || slices.Contains(r.unsound, p.Found) {
			continue
		}
		hint := p.Hint
		if p.Found != "" || len(p.Valid) > 0 {
			hint = choose(p.Found, p.Valid)
		}
		r.mistake(at, p.Message, hint)
	}
}

// place remembers where a path of keys stands in the file.
func (r *reader) place(n *yaml.Node, path ...string) {
	r.positions[strings.Join(path, "\x00")] = Position{n.Line, n.Column}
}

// position is where a path stands, or the longest leading part of it that the file has.
func (r *reader) position(path []string) Position {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if p, ok := r.positions[strings.Join(path, "\x00")]; ok {
			return p
		}
	}
	return Position{1, 1}
}

func (r *reader) mistake(at Position, message, hint string) {
	r.mistakes = append(r.mistakes, Mistake{r.file.Name, at.Line, at.Column, message, hint})
}

// wrong notes a mistake at a value.
func (r *reader) wrong(n *yaml.Node, message, hint string) {
	r.mistake(Position{n.Line, n.Column}, message, hint)
}

// inside is the position of a character of a text value, counted from 0. In texts
// that are folded or escaped it is the beginning of the value.
func (r *reader) inside(n *yaml.Node, offset int) Position {
	at := Position{n.Line, n.Column}
	if n.Line < 1 || n.Line > len(r.lines) {
		return at
	}
	line := []rune(r.lines[n.Line-1])
	start := n.Column - 1
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		start++
	}
	if start <= len(line) && strings.HasPrefix(string(line[start:]), n.Value) {
		at.Column = start + 1 + offset
	}
	return at
}

// entry is one key and its value.
type entry struct{ key, value *yaml.Node }

// entries are the keys and values of a mapping, in file order; of a key given twice,
// the first one.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	if n == nil || n.Kind == yaml.AliasNode {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, fmt.Sprintf("%s is %s", what, kindOf(n)), "keys and values are needed here, each on a line of its own")
		return nil
	}
	var all []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry{n.Content[i], n.Content[i+1]}
		if e.key.Kind == yaml.ScalarNode && !seen[e.key.Value] {
			seen[e.key.Value] = true
			all = append(all, e)
		}
	}
	return all
}

// object reads a mapping of which the keys are known.
func (r *reader) object(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	fields := map[string]*yaml.Node{}
	for _, e := range r.entries(n, what) {
		if !slices.Contains(known, e.key.Value) {
			r.wrong(e.key, fmt.Sprintf("unknown key %q in %s", e.key.Value, what), choose(e.key.Value, known))
			continue
		}
		fields[e.key.Value] = e.value
	}
	return fields
}

// text reads a value that is one text. Nothing is ever taken for a number, a date or a
// truth value: `yes` is the text yes. ok is false where there is none.
func (r *reader) text(n *yaml.Node, what string) (s string, ok bool) {
	switch {
	case n == nil || n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0:
		return "", false
	case n.Kind != yaml.ScalarNode:
		r.wrong(n, fmt.Sprintf("%s is %s", what, kindOf(n)), "one text is needed here")
		return "", false
	case isEmpty(n):
		r.wrong(n, what+" is empty", "a value is needed here")
		return "", false
	}
	return n.Value, true
}

// list is the values of a list; a value that is no list stands for a list of one.
func (r *reader) list(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil || n.Kind == yaml.AliasNode:
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return []*yaml.Node{n}
}

// sequence is the values of what must be a list.
func (r *reader) sequence(n *yaml.Node, what, example string) []*yaml.Node {
	if n != nil && n.Kind != yaml.SequenceNode && n.Kind != yaml.AliasNode {
		r.wrong(n, fmt.Sprintf("%s is %s", what, kindOf(n)), "a list is needed here: "+example)
		return nil
	}
	return r.list(n)
}

// duration reads a time longer than nothing.
func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	d, err := nodes.ParseDuration(text)
	if err != nil || d <= 0 || d > longestTime {
		r.wrong(n, fmt.Sprintf("%s: not a duration: %q", what, text), "a time such as 500ms, 30s or 2m, at most 24h")
		return 0
	}
	return d
}

// number reads a whole number within bounds.
func (r *reader) number(n *yaml.Node, what string, least, most int) int {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < least || i > most {
		r.wrong(n, fmt.Sprintf("%s: not a number that fits: %q", what, text), fmt.Sprintf("a whole number from %d to %d", least, most))
		return 0
	}
	return i
}

func (r *reader) seed(n *yaml.Node, otherwise uint64) uint64 {
	text, ok := r.text(n, "seed")
	if !ok {
		return otherwise
	}
	i, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		r.wrong(n, fmt.Sprintf("seed: not a number that fits: %q", text), "a whole number from 0 to 18446744073709551615")
	}
	return i
}

// unfold takes out the blanks that YAML puts where a line ends: Chinese has none.
func unfold(text string) string {
	runes := []rune(text)
	var out strings.Builder
	for i, r := range runes {
		if r == ' ' && i > 0 && i+1 < len(runes) && isWide(runes[i-1]) && isWide(runes[i+1]) {
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// isWide says whether a character is Chinese, or punctuation as wide as that.
func isWide(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xff00 && r <= 0xffef || r == '“' || r == '”'
}
