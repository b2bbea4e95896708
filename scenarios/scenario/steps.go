package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// stepReader reads one step.
type stepReader struct {
	*reader
	step   *Step
	fields map[string]*yaml.Node
	value  *yaml.Node // of the verb
	scope  *scope     // of the steps before it
	inner  bool       // inside a parallel
}

// readSteps reads `steps:`.
func (r *reader) readSteps(n *yaml.Node, known *scope) {
	for i, item := range r.sequence(n, "steps", "each step begins with a hyphen") {
		if s := r.readStep(item, strconv.Itoa(i+1), known, false); s != nil {
			r.file.Steps = append(r.file.Steps, s)
			known.learn(s)
		}
	}
}

// learn makes what a step gives known to the steps after it.
func (s *scope) learn(step *Step) {
	for _, inner := range step.Steps {
		s.learn(inner)
	}
	if step.As != "" {
		s.addResult(step.As, step.signature())
	}
	if b, ok := step.action.(*start); ok && b != nil {
		s.addBackground(b.name, b)
	}
}

// signature is what is known of the step's result.
func (s *Step) signature() signature {
	if s.action == nil {
		return signature{unknown: true}
	}
	return s.action.result()
}

// readStep reads one step; nil means that it has no verb.
func (r *reader) readStep(n *yaml.Node, id string, known *scope, inner bool) *Step {
	s := &stepReader{reader: r, step: &Step{ID: id}, scope: known, inner: inner}
	v := s.verb(n)
	if v == nil {
		return nil
	}
	s.step.Verb, s.value = v.name, s.fields[v.name]
	s.step.Position = Position{s.value.Line, s.value.Column}
	s.common(v)
	s.step.action = v.read(s)
	s.nameStep()
	s.step.Expect = s.expectations(s.fields["expect"], s.step.signature())
	return s.step
}

// verb finds the one verb of a step, and its fields. Keys that another verb has are
// refused with those that this one takes.
func (s *stepReader) verb(n *yaml.Node) *verb {
	entries := s.entries(n, "the step")
	if entries == nil {
		if n.Kind == yaml.MappingNode {
			s.wrong(n, "the step is empty", "one of: "+strings.Join(verbNames(), ", "))
		}
		return nil
	}
	v := s.pick(n, entries)
	if v == nil {
		return nil
	}
	known := append([]string{v.name, "name", "expect", "level"}, v.keys...)
	s.fields = s.object(n, "a step with "+v.name, known...)
	return v
}

// pick finds the verb among the keys of a step.
func (s *stepReader) pick(n *yaml.Node, entries []entry) *verb {
	var found []verb
	for _, v := range verbs() {
		if slices.ContainsFunc(entries, func(e entry) bool { return e.key.Value == v.name }) {
			found = append(found, v)
		}
	}
	if i := slices.IndexFunc(found, func(v verb) bool { return v.name == "start" }); i >= 0 {
		return &found[i] // its `run` and `exec` are keys
	}
	switch len(found) {
	case 1:
		return &found[0]
	case 0:
		s.noVerb(n, entries)
	default:
		s.wrong(n, fmt.Sprintf("the step has two verbs: %s and %s", found[0].name, found[1].name), "a step does one thing: make two steps of it")
	}
	return nil
}

// noVerb reports a step without a verb: at a key that is none of any step's, or else at
// the step.
func (s *stepReader) noVerb(n *yaml.Node, entries []entry) {
	keys := []string{"name", "expect", "level"}
	for _, v := range verbs() {
		keys = append(keys, v.keys...)
	}
	for _, e := range entries {
		if !slices.Contains(keys, e.key.Value) {
			s.wrong(e.key, fmt.Sprintf("unknown verb %q", e.key.Value), choose(e.key.Value, verbNames()))
			return
		}
	}
	s.wrong(n, "the step says nothing to do", "one of: "+strings.Join(verbNames(), ", "))
}

func verbNames() []string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return names
}

// common reads the keys that many verbs have.
func (s *stepReader) common(v *verb) {
	s.step.Name, _ = s.text(s.fields["name"], "name")
	if slices.Contains(v.keys, "timeout") && v.name != "parallel" {
		s.step.Timeout = DefaultStepLimit
	}
	if s.fields["timeout"] != nil {
		s.step.Timeout = s.duration(s.fields["timeout"], "timeout")
	}
	if s.fields["retry"] != nil {
		s.step.Retry = s.duration(s.fields["retry"], "retry")
	}
	if s.fields["as"] != nil {
		s.step.As = s.resultName(s.fields["as"])
	}
	if level, ok := s.text(s.fields["level"], "level"); ok {
		s.step.Warning = true
		if level != "warning" {
			s.wrong(s.fields["level"], fmt.Sprintf("level: unknown value %q", level), choose(level, []string{"warning"}))
		}
	}
}

// nameStep gives a step without a name what it does for one.
func (s *stepReader) nameStep() {
	if s.step.Name == "" && s.step.action != nil {
		s.step.Name = s.step.action.String()
	}
}

// on reads the node of a step.
func (s *stepReader) on() string {
	n := s.fields["on"]
	if n == nil {
		s.mistake(s.step.Position, s.step.Verb+" does not say on which node", "on: NODE; "+choose("", s.nodeNames))
		return ""
	}
	return s.node(n, "on")
}

// expectations reads `expect:`, one expression or a list.
func (s *stepReader) expectations(n *yaml.Node, own signature) []*Expectation {
	var all []*Expectation
	for _, item := range s.list(n) {
		text, ok := s.text(item, "the expectation")
		if !ok {
			continue
		}
		if x := s.expression(item, text, own); x != nil {
			all = append(all, &Expectation{s.inside(item, 0), text, x})
		}
	}
	return all
}

// maxSetup is how many commands a host's `run:` may have.
const maxSetup = 32

// readSetup reads the hosts' `image:` and `run:` entries.
func (r *reader) readSetup(hosts []*host, known *scope) {
	for _, h := range hosts {
		if items := r.list(h.run); len(items) > maxSetup {
			r.wrong(items[maxSetup], fmt.Sprintf("more than %d commands on host %s", maxSetup, h.Name), "start what is needed later in a step")
			continue
		}
		for _, node := range h.names() {
			if h.image != nil {
				r.addSetup(h.image.step(node), known)
			}
			for i, item := range r.list(h.run) {
				r.addSetup(r.setupStep(node, i+1, item, known), known)
			}
		}
	}
}

// addSetup adds a step that has no mistakes; nil is one that has.
func (r *reader) addSetup(s *Step, known *scope) {
	if s != nil {
		r.file.Setup = append(r.file.Setup, s)
		known.learn(s)
	}
}

// setupStep reads a command's text, or { run or exec, as, ready }.
func (r *reader) setupStep(node string, i int, n *yaml.Node, known *scope) *Step {
	id := fmt.Sprintf("%s/%d", node, i)
	s := &stepReader{reader: r, scope: known, step: &Step{
		ID: id, Verb: "start", Setup: true, Timeout: DefaultStepLimit, Position: Position{n.Line, n.Column},
	}}
	s.fields = map[string]*yaml.Node{"run": n}
	if n.Kind == yaml.MappingNode {
		s.fields = r.object(n, "a host's run", "run", "exec", "as", "ready")
	}
	name := id
	if as, ok := s.text(s.fields["as"], "as"); ok {
		name = s.newBackground(s.fields["as"], as)
	}
	b := s.startOf(name, node)
	if b == nil {
		known.addBackground(name, nil)
		return nil
	}
	s.step.action = b
	s.nameStep()
	return s.step
}
