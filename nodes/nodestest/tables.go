package nodestest

import (
	"regexp"
	"strings"
	"testing"

	"netsim/nodes"
)

// Tables checks what programs say about themselves: names are typed as they should
// be, defaults and bounds are values of their types, and every thing has its help.
func Tables(t *testing.T, set nodes.Set) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range set {
		if seen[p.Name] {
			t.Errorf("two programs are called %s", p.Name)
		}
		seen[p.Name] = true
		checkName(t, "program", p.Name)
		checkHelp(t, p.Name, p.Summary)
		for i := range p.Forms {
			checkForm(t, p.Name+" "+p.Forms[i].Words, &p.Forms[i])
		}
	}
}

func checkForm(t *testing.T, where string, f *nodes.Form) {
	t.Helper()
	if f.Run == nil {
		t.Errorf("%s: no Run", where)
	}
	for _, note := range f.Notes {
		if !strings.HasSuffix(note, ".") || strings.Contains(note, "\n") {
			t.Errorf("%s: a note is a sentence in one line: %q", where, note)
		}
	}
	for i, a := range f.Args {
		if !regexp.MustCompile(`^[A-Z]+$`).MatchString(a.Name) {
			t.Errorf("%s: argument %q is not in capitals", where, a.Name)
		}
		if last := i == len(f.Args)-1; !last && (a.Optional || a.Repeated) {
			t.Errorf("%s: only the last argument may be optional or repeated, not %s", where, a.Name)
		}
		checkHelp(t, where+" "+a.Name, a.Help)
	}
	for i := range f.Flags {
		checkFlag(t, where+" --"+f.Flags[i].Name, &f.Flags[i])
	}
	for _, k := range f.Events {
		checkName(t, where+" event", k.Event)
		checkHelp(t, where+" event "+k.Event, k.Help)
		checkFields(t, where+" "+k.Event, k.Fields)
	}
	checkFields(t, where+" ready", f.Ready)
	checkFields(t, where+" result", f.ResultFields())
}

func checkFlag(t *testing.T, where string, f *nodes.Flag) {
	t.Helper()
	checkName(t, where, f.Name)
	checkHelp(t, where, f.Help)
	for _, value := range []string{f.Default, f.Min, f.Max} {
		if value == "" {
			continue
		}
		if err := f.Type.Check(value); err != nil {
			t.Errorf("%s: its own table has %v", where, err)
		}
	}
	if f.Default != "" {
		if err := f.Check(f.Default); err != nil {
			t.Errorf("%s: its default is wrong: %v", where, err)
		}
	}
}

func checkFields(t *testing.T, where string, fields []nodes.Field) {
	t.Helper()
	seen := map[string]bool{"event": true, "time": true}
	for _, f := range fields {
		if seen[f.Name] {
			t.Errorf("%s: field %s twice", where, f.Name)
		}
		seen[f.Name] = true
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(f.Name) {
			t.Errorf("%s: field %q cannot stand in an expression", where, f.Name)
		}
		checkHelp(t, where+" "+f.Name, f.Help)
		nested := f.Type == nodes.Object || f.Type == nodes.Objects
		if nested != (len(f.Fields) > 0) {
			t.Errorf("%s %s: type %s with %d fields", where, f.Name, f.Type, len(f.Fields))
		}
		checkFields(t, where+" "+f.Name, f.Fields)
	}
}

func checkName(t *testing.T, where, name string) {
	t.Helper()
	if !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(name) {
		t.Errorf("%s: %q is not lower case letters, digits and hyphens", where, name)
	}
}

func checkHelp(t *testing.T, where, help string) {
	t.Helper()
	if help == "" || regexp.MustCompile(`\.$|\n`).MatchString(help) {
		t.Errorf("%s: its help is missing, ends in a full stop, or is not one line: %q", where, help)
	}
}
