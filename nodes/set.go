package nodes

import "strings"

// Set is the programs that a command line may name, in the order of the help.
type Set []*Program

// Find parses a command line, without the `netsim node` before it:
//
//	echo udp bob hello --port=7 --timeout 2s
//	│    │   └┬──────┘ └┬──────────────────┘
//	│    form arguments flags, anywhere after the form; -- ends them
//	program
//
// Every value is checked against its type, its bounds and its choices. Find touches
// nothing of the machine: scenario files are checked with it before anything starts.
// The error is a *UsageError that names what is wrong, and as a hint what would be valid.
func (s Set) Find(args []string) (*Call, error) {
	program, err := s.program(args)
	if err != nil {
		return nil, err
	}
	form, rest, err := program.form(args[1:])
	if err != nil {
		return nil, err
	}
	p := parser{
		where: strings.TrimSpace(program.Name + " " + form.Words),
		call: &Call{
			Program: program, Form: form,
			args: map[string][]string{}, flags: map[string]string{}, given: map[string]bool{},
		},
	}
	if err := p.parse(rest); err != nil {
		return nil, err
	}
	return p.call, nil
}

// Program returns the program of that name, or nil.
func (s Set) Program(name string) *Program {
	for _, p := range s {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Names returns the names of the programs in order.
func (s Set) Names() []string {
	names := make([]string, len(s))
	for i, p := range s {
		names[i] = p.Name
	}
	return names
}

func (s Set) program(args []string) (*Program, error) {
	if len(args) == 0 {
		return nil, &UsageError{Message: "no program named", Hint: choose("", s.Names())}
	}
	if p := s.Program(args[0]); p != nil {
		return p, nil
	}
	return nil, &UsageError{
		Message: "unknown program " + quote(args[0]),
		Hint:    choose(args[0], s.Names()),
	}
}

// form selects the form with the most words that args begin with, and returns what
// follows the words.
func (p *Program) form(args []string) (*Form, []string, error) {
	var best *Form
	length := -1
	for i := range p.Forms {
		words := strings.Fields(p.Forms[i].Words)
		if len(words) > length && hasPrefix(args, words) {
			best, length = &p.Forms[i], len(words)
		}
	}
	if best != nil {
		return best, args[length:], nil
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil, nil, &UsageError{Message: p.Name + ": which form is missing", Hint: choose("", p.forms())}
	}
	return nil, nil, &UsageError{
		Message: p.Name + ": unknown form " + quote(args[0]),
		Hint:    choose(args[0], p.forms()),
	}
}

func (p *Program) forms() []string {
	words := make([]string, len(p.Forms))
	for i := range p.Forms {
		words[i] = p.Forms[i].Words
	}
	return words
}

func hasPrefix(args, words []string) bool {
	if len(args) < len(words) {
		return false
	}
	for i, w := range words {
		if args[i] != w {
			return false
		}
	}
	return true
}
