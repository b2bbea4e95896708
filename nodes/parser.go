package nodes

import (
	"strconv"
	"strings"
)

// parser reads what follows a form's words into a call.
type parser struct {
	where string // "echo udp"; begins every error
	call  *Call
	args  []string // positional ones
}

func (p *parser) parse(tokens []string) error {
	for len(tokens) > 0 {
		token := tokens[0]
		tokens = tokens[1:]
		switch {
		case token == "--":
			p.args = append(p.args, tokens...)
			tokens = nil
		case len(token) < 2 || token[0] != '-':
			p.args = append(p.args, token)
		default:
			var err error
			if tokens, err = p.flag(token, tokens); err != nil {
				return err
			}
		}
	}
	if err := p.assign(); err != nil {
		return err
	}
	return p.complete()
}

// flag reads one flag, and its value from the tokens after it where it needs one.
func (p *parser) flag(token string, rest []string) ([]string, error) {
	name, value, inline := strings.Cut(strings.TrimPrefix(token, "--"), "=")
	f := p.call.Form.Flag(name)
	switch {
	case f == nil || !strings.HasPrefix(token, "--"):
		return nil, p.unknown(token)
	case p.call.given[name]:
		return nil, p.fail("--"+name+" is given twice", "")
	case f.Type == Bool && !inline:
		value = "true"
	case !inline && len(rest) == 0:
		return nil, p.fail("--"+name+" needs a value", f.Typed())
	case !inline:
		value, rest = rest[0], rest[1:]
	}
	if err := f.Check(value); err != nil {
		return nil, p.fail("--"+name+": "+err.Error(), f.Typed())
	}
	p.call.given[name], p.call.flags[name] = true, value
	return rest, nil
}

func (p *parser) unknown(token string) error {
	name, _, _ := strings.Cut(token, "=")
	var names []string
	for _, f := range p.call.Form.Flags {
		names = append(names, "--"+f.Name)
	}
	hint := choose(fullName(name, names), names)
	if len(names) == 0 {
		hint = "it has no flags"
	}
	if !strings.HasPrefix(token, "--") {
		hint += "; an argument that begins with - goes after --"
	}
	return p.fail("unknown flag "+name, hint)
}

// fullName is the flag that a single letter stands for elsewhere: --count for -c.
func fullName(short string, names []string) string {
	for _, name := range names {
		if len(short) == 2 && strings.HasPrefix(name, "-"+short) {
			return name
		}
	}
	return short
}

// assign gives the positional arguments their names.
func (p *parser) assign() error {
	rest := p.args
	for _, a := range p.call.Form.Args {
		if len(rest) == 0 {
			if a.Optional {
				break
			}
			return p.fail("missing argument "+a.Name, "usage: "+p.call.Form.usage(p.call.Program))
		}
		n := 1
		if a.Repeated {
			n = len(rest)
		}
		for _, v := range rest[:n] {
			if err := a.Type.Check(v); err != nil {
				return p.fail(a.Name+": "+err.Error(), a.Type.Typed())
			}
		}
		p.call.args[a.Name], rest = rest[:n], rest[n:]
	}
	if len(rest) > 0 {
		return p.fail("too many arguments: "+quote(rest[0]), "usage: "+p.call.Form.usage(p.call.Program))
	}
	return nil
}

// complete fills in the defaults.
func (p *parser) complete() error {
	for _, f := range p.call.Form.Flags {
		if p.call.given[f.Name] {
			continue
		}
		if f.Required {
			return p.fail("missing flag --"+f.Name, f.Typed())
		}
		p.call.flags[f.Name] = f.Default
	}
	return nil
}

func (p *parser) fail(message, hint string) error {
	return &UsageError{Message: p.where + ": " + message, Hint: hint}
}

// Flag returns the form's flag of that name, or nil.
func (f *Form) Flag(name string) *Flag {
	for i := range f.Flags {
		if f.Flags[i].Name == name {
			return &f.Flags[i]
		}
	}
	return nil
}

// Check says whether a text is a value of the flag: of its type, within its bounds,
// one of its choices.
func (f *Flag) Check(text string) error {
	if err := f.Type.Check(text); err != nil {
		return err
	}
	if len(f.Choices) > 0 {
		return oneOf(text, f.Choices)
	}
	n := f.Type.number(text)
	if f.Min != "" && n < f.Type.number(f.Min) || f.Max != "" && n > f.Type.number(f.Max) {
		return &UsageError{Message: "out of range: " + text}
	}
	return nil
}

// Typed says how a value of the flag is typed, with its bounds: "a whole number such
// as 5; 1 to 255".
func (f *Flag) Typed() string {
	switch {
	case len(f.Choices) > 0:
		return strings.Join(f.Choices, ", ")
	case f.Min != "" && f.Max != "":
		return f.Type.Typed() + "; " + f.Min + " to " + f.Max
	case f.Min != "":
		return f.Type.Typed() + "; at least " + f.Min
	case f.Max != "":
		return f.Type.Typed() + "; at most " + f.Max
	}
	return f.Type.Typed()
}

func quote(s string) string { return strconv.Quote(s) }
