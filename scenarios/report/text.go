package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"

	"netsim/scenarios/scenario"
)

// Text writes for people. Its methods can be called while a run goes on: Step for each
// step that has ended, Summary at the end.
//
//	ok    neighbours talk without the router              1.0s
//	FAIL  across the lossy link  (native, seed 7, 1.3s)
//	  scenarios/udp-loss.yaml:31:9
//	    31 |   - lost == 0
//	    want  lost == 0
//	    got   lost = 3 of 100
//	    why   bob -> alice: bob has no route to 10.1.0.0/24
//
//	1 of 2 steps passed in 2.4s
type Text struct {
	W      io.Writer
	Colour bool
}

// writeText is the format `text`: each report whole.
func writeText(w io.Writer, reports []Report) error {
	t := Text{W: &firstError{w: w}}
	for i, r := range reports {
		if i > 0 {
			t.printf("\n")
		}
		t.Whole(r)
	}
	return t.W.(*firstError).err
}

// Whole writes a report from its first line to the summary.
func (t Text) Whole(r Report) {
	t.printf("%s  (%s)\n", r.Scenario, surroundings(r))
	for _, v := range r.Verdicts {
		t.Step(r, v)
	}
	t.Summary(r)
}

// Step writes one verdict: a line when it holds, the evidence when not, and the table of
// a compare. Of the report, driver and seed are told.
func (t Text) Step(r Report, v scenario.Verdict) { t.step(r, v, 0) }

const nameWidth = 60

func (t Text) step(r Report, v scenario.Verdict, depth int) {
	indent := strings.Repeat("  ", depth)
	name := indent + clean(v.Name)
	if v.Outcome == scenario.Passed || len(v.Failures) == 0 {
		t.printf("%s  %s%s  %s\n", t.word(v.Outcome), name, pad(name, nameWidth), took(v))
	} else {
		t.printf("%s  %s  (%s, %s)\n", t.word(v.Outcome), name, surroundings(r), took(v))
	}
	for _, f := range v.Failures {
		t.failure(f, indent)
	}
	if v.Table != nil {
		t.table(v.Table, indent+"      ")
	}
	for _, inner := range v.Steps {
		t.step(r, inner, depth+1)
	}
}

func surroundings(r Report) string {
	parts := []string{fmt.Sprintf("seed %d", r.Seed)}
	if r.Driver != "" {
		parts = append([]string{r.Driver}, parts...)
	}
	return strings.Join(parts, ", ")
}

func took(v scenario.Verdict) string {
	if v.NotRun {
		return "not run"
	}
	text := seconds(v.Seconds)
	if v.Attempts > 1 {
		text += fmt.Sprintf(", %d attempts", v.Attempts)
	}
	return text
}

func (t Text) word(o scenario.Outcome) string {
	switch o {
	case scenario.Failed:
		return t.paint("FAIL", color.FgRed, color.Bold)
	case scenario.Warned:
		return t.paint("warn", color.FgYellow)
	}
	return t.paint("ok  ", color.FgGreen)
}

// failure writes the place, the user's own line, and what was wanted and got.
func (t Text) failure(f scenario.Failure, indent string) {
	t.printf("%s  %s:%d:%d\n", indent, f.File, f.Line, f.Column)
	t.printf("%s    %d |   %s\n", indent, f.Line, clean(f.Source))
	t.labelled(indent, "want", []string{f.Want})
	t.labelled(indent, "got", []string{f.Got})
	t.labelled(indent, "why", f.Why)
}

// labelled writes lines behind a word, which stands before the first one.
func (t Text) labelled(indent, label string, lines []string) {
	for _, line := range lines {
		t.printf("%s    %s  %s\n", indent, t.paint(fmt.Sprintf("%-4s", label), color.Faint), clean(line))
		label = ""
	}
}

// table writes results side by side.
func (t Text) table(table *scenario.Table, indent string) {
	rows := [][]string{append([]string{""}, table.Columns...)}
	for _, r := range table.Rows {
		rows = append(rows, append([]string{r.Field}, r.Values...))
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			line += cell + pad(cell, widths[i]) + "   "
		}
		t.printf("%s\n", strings.TrimRight(line, " "))
	}
}

// Summary writes the last line: how many steps passed.
func (t Text) Summary(r Report) {
	total, passed := len(r.Verdicts), r.Verdicts.Count(scenario.Passed)
	line := fmt.Sprintf("%d of %d steps passed in %s", passed, total, seconds(r.Seconds))
	if warned := r.Verdicts.Count(scenario.Warned); warned > 0 {
		line += fmt.Sprintf(", %d with a warning", warned)
	}
	colour := color.FgGreen
	if !r.Passed() {
		colour = color.FgRed
	}
	t.printf("\n%s\n", t.paint(line, colour, color.Bold))
	if r.Problem != "" {
		t.printf("the run ended early: %s\n", r.Problem)
	}
	for _, line := range linkLines(r.Faults) {
		t.printf("%s\n", line)
	}
	for _, words := range slices.Concat(r.Crashed, r.Inexact) {
		t.printf("note: %s\n", words)
	}
	if r.Dir != "" && !r.Passed() {
		t.printf("journal and output of all programs: %s\n", r.Dir)
	}
}

// paint colours a text, whatever fatih/color thinks of the standard output.
func (t Text) paint(s string, attributes ...color.Attribute) string {
	if !t.Colour {
		return s
	}
	c := color.New(attributes...)
	c.EnableColor()
	return c.Sprint(s)
}

// printf ignores errors: a terminal that is gone cannot be told. Files go through
// firstError.
func (t Text) printf(format string, args ...any) { fmt.Fprintf(t.W, format, args...) }

// firstError keeps the first error of a writer, and writes no more after it.
type firstError struct {
	w   io.Writer
	err error
}

func (f *firstError) Write(b []byte) (int, error) {
	if f.err == nil {
		_, f.err = f.w.Write(b)
	}
	return len(b), f.err
}
