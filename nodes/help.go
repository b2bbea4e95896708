package nodes

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// Help lists the programs, one line each.
func (s Set) Help() string {
	var out strings.Builder
	out.WriteString("programs\n")
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, p := range s {
		fmt.Fprintf(w, "  %s\t%s\n", p.Name, p.Summary)
	}
	w.Flush()
	out.WriteString("\nhelp PROGRAM tells more about one\n")
	return out.String()
}

// Help is the program's manual: its forms, and of each its arguments, flags, events and
// result fields.
func (p *Program) Help() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", p.Name, p.Summary)
	for i := range p.Forms {
		f := &p.Forms[i]
		fmt.Fprintf(&out, "\n%s\n", f.usage(p))
		if f.Summary != "" {
			fmt.Fprintf(&out, "  %s\n", f.Summary)
		}
		for _, note := range f.Notes {
			fmt.Fprintf(&out, "  %s\n", wrap(note, 90, "\n  "))
		}
		for _, section := range f.sections() {
			section.write(&out)
		}
	}
	return out.String()
}

// usage is one line: "echo udp HOST TEXT [flags]".
func (f *Form) usage(p *Program) string {
	parts := append([]string{p.Name}, strings.Fields(f.Words)...)
	for _, a := range f.Args {
		name := a.Name
		if a.Repeated {
			name += ".."
		}
		if a.Optional {
			name = "[" + name + "]"
		}
		parts = append(parts, name)
	}
	optional := ""
	for _, x := range f.Flags {
		if x.Required {
			parts = append(parts, "--"+x.Name+" "+strings.ToUpper(string(x.Type)))
		} else {
			optional = "[flags]"
		}
	}
	return strings.TrimSpace(strings.Join(append(parts, optional), " "))
}

// section is a titled list of a form's manual; rows have as many cells as columns.
type section struct {
	title   string
	columns []string
	rows    [][]string
}

// sections are the parts of a form's manual that are not empty. Both the help and the
// reference page are made from them.
func (f *Form) sections() []section {
	args := section{title: "arguments", columns: []string{"argument", "type", "meaning"}}
	for _, a := range f.Args {
		args.add(a.Name, string(a.Type), a.Help)
	}
	flags := section{title: "flags", columns: []string{"flag", "type", "default", "meaning"}}
	for i := range f.Flags {
		flags.add(f.Flags[i].row()...)
	}
	all := []section{args, flags}
	if f.Server {
		all = append(all, fieldSection("ready", f.Ready))
	}
	for _, k := range f.Events {
		all = append(all, fieldSection("event "+k.Event+": "+k.Help, k.Fields))
	}
	all = append(all, fieldSection("result", f.ResultFields()))
	kept := all[:0]
	for _, s := range all {
		if len(s.rows) > 0 || strings.HasPrefix(s.title, "event ") {
			kept = append(kept, s)
		}
	}
	return kept
}

func (f *Flag) row() []string {
	help := f.Help
	switch {
	case len(f.Choices) > 0:
		help += " (" + strings.Join(f.Choices, ", ") + ")"
	case f.Min != "" && f.Max != "":
		help += " (" + f.Min + " to " + f.Max + ")"
	case f.Min != "":
		help += " (at least " + f.Min + ")"
	case f.Max != "":
		help += " (at most " + f.Max + ")"
	}
	value := f.Default
	if f.Required {
		value = "required"
	}
	return []string{"--" + f.Name, string(f.Type), value, help}
}

func fieldSection(title string, fields []Field) section {
	s := section{title: title, columns: []string{"field", "type", "meaning"}}
	s.addFields("", fields)
	return s
}

// addFields adds the fields, those of objects under their dotted names.
func (s *section) addFields(prefix string, fields []Field) {
	for _, f := range fields {
		name := prefix + f.Name
		if f.Type == Objects || f.Type == Texts || f.Type == Ints {
			name += "[]"
		}
		s.add(name, string(f.Type), f.Help)
		s.addFields(name+".", f.Fields)
	}
}

func (s *section) add(cells ...string) { s.rows = append(s.rows, cells) }

func (s *section) write(out *strings.Builder) {
	fmt.Fprintf(out, "  %s\n", s.title)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range s.rows {
		fmt.Fprintf(w, "    %s\n", strings.Join(row, "\t"))
	}
	w.Flush()
}

// wrap breaks a text between words so that lines have at most so many characters.
func wrap(text string, width int, between string) string {
	var out strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			out.WriteString(between)
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += n
	}
	return out.String()
}
