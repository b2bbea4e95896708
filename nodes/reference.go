package nodes

import (
	"fmt"
	"strings"
)

// Reference is the reference page of the programs, in Markdown. It depends on the
// tables alone.
func (s Set) Reference() string {
	var out strings.Builder
	out.WriteString(referenceHead)
	for _, w := range Words() {
		fmt.Fprintf(&out, "- `%s`\n", w)
	}
	for _, p := range s {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n", p.Name, sentence(p.Summary))
		for i := range p.Forms {
			p.Forms[i].reference(&out, p)
		}
	}
	return out.String()
}

const referenceHead = `# Node programs

Generated from the tables of the programs; do not edit.

A program is called as ` + "`run: PROGRAM ARGUMENTS`" + ` in a scenario, ` + "`netsim exec NODE -- PROGRAM ARGUMENTS`" + ` on a
kept network, and ` + "`netsim node PROGRAM ARGUMENTS`" + ` on this machine. Flags may stand anywhere after the
form's words, as ` + "`--name value` or `--name=value`" + `; ` + "`--`" + ` ends them.

| type | typed | in JSON |
|---|---|---|
| int | 5 | number |
| bool | the flag alone | true, false |
| text, host, path | as it is | string |
| duration | 20ms, 1.5s | number of seconds |
| ratio | 10% | number from 0 to 1 |
| size | 1500, 10MB (10^7), 4KiB (2^12) | number of bytes |
| rate | 10mbit (10^7) | number of bits per second |
| texts, ints | | list |
| object, objects | | object, list of objects |

The last field of every result is ` + "`error`" + `: empty when it worked (exit status 0), else (1) one of these words:

`

func (f *Form) reference(out *strings.Builder, p *Program) {
	fmt.Fprintf(out, "\n### `%s`\n", f.usage(p))
	if f.Summary != "" {
		fmt.Fprintf(out, "\n%s\n", sentence(f.Summary))
	}
	if f.Server && !f.Lines {
		out.WriteString("\nRuns until it is stopped.\n")
	}
	for _, note := range f.Notes {
		fmt.Fprintf(out, "\n%s\n", note)
	}
	for _, s := range f.sections() {
		s.markdown(out)
	}
}

func (s *section) markdown(out *strings.Builder) {
	fmt.Fprintf(out, "\n**%s**\n", s.title)
	if len(s.rows) == 0 {
		return
	}
	fmt.Fprintf(out, "\n| %s |\n|%s\n", strings.Join(s.columns, " | "), strings.Repeat("---|", len(s.columns)))
	for _, row := range s.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = strings.ReplaceAll(c, "|", "\\|")
		}
		cells[0] = "`" + cells[0] + "`"
		fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
	}
}

// sentence makes a line of the tables one of a page.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
