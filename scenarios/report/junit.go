package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"netsim/scenarios/scenario"
)

// The elements of the JUnit format, as CI systems read it: there is no standard, but the
// schema of Jenkins' xunit plugin (junit-10.xsd) is what they agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		File       string          `xml:"file,attr,omitempty"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		SystemOut  *junitText      `xml:"system-out"` // what links did to packets
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Failure   *junitFailure `xml:"failure"`
		Error     *junitFailure `xml:"error"`
		Skipped   *junitSkipped `xml:"skipped"`
		SystemOut *junitText    `xml:"system-out"`
		SystemErr *junitText    `xml:"system-err"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",cdata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitText struct {
		Text string `xml:",cdata"`
	}
)

// writeJUnit is the format `junit`: a suite for each scenario, a test case for each step,
// also of those inside a parallel; the evidence is in the failure. A warning is told in
// system-out. Steps that a run did not come to are skipped; that it ended early is an error.
func writeJUnit(w io.Writer, reports []Report) error {
	all := junitSuites{Name: "netsim"}
	total := 0.0
	for _, r := range reports {
		s := suite(r)
		all.Suites = append(all.Suites, s)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		total += r.Seconds
	}
	all.Time = junitSeconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("the report as JUnit XML: %w", err)
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("the report as JUnit XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func suite(r Report) junitSuite {
	s := junitSuite{
		Name: r.Scenario, File: r.File, Time: junitSeconds(r.Seconds),
		Properties: []junitProperty{{"driver", r.Driver}, {"seed", fmt.Sprint(r.Seed)}, {"run", r.Run}, {"folder", r.Dir}},
		SystemOut:  textOf(slices.Concat(packetLines(r.Faults), r.Inexact)...),
	}
	if !r.Started.IsZero() {
		s.Timestamp = r.Started.UTC().Format("2006-01-02T15:04:05")
	}
	for _, v := range r.Verdicts {
		s.Cases = append(s.Cases, cases(r, v, "")...)
	}
	if r.Problem != "" {
		s.Cases = append(s.Cases, junitCase{
			Name: "the run comes to its end", Class: r.Scenario, Time: "0.000",
			Error: &junitFailure{Message: r.Problem, Type: "run", Text: r.Problem},
		})
	}
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

// cases are a step's test case and those of the steps inside it.
func cases(r Report, v scenario.Verdict, prefix string) []junitCase {
	c := junitCase{
		Name: fmt.Sprintf("%s%s %s", prefix, v.Step, v.Name), Class: r.Scenario, Time: junitSeconds(v.Seconds),
		SystemErr: textOf(slices.Clone(v.Stderr)...),
	}
	text := evidence(r, v)
	switch {
	case v.NotRun:
		c.Skipped = &junitSkipped{headline(v.Failures)}
	case len(v.Failures) == 0:
		c.SystemOut = textOf(strings.Split(text, "\n")...)
	case v.Outcome == scenario.Warned:
		c.SystemOut = textOf(strings.Split("warning\n"+text, "\n")...)
	default:
		c.Failure = &junitFailure{Message: headline(v.Failures), Type: v.Verb, Text: text}
	}
	all := []junitCase{c}
	for _, inner := range v.Steps {
		all = append(all, cases(r, inner, v.Name+": ")...)
	}
	return all
}

// evidence is what the text report says of the step alone.
func evidence(r Report, v scenario.Verdict) string {
	var b strings.Builder
	v.Steps = nil
	if len(v.Failures) > 0 || v.Table != nil {
		Text{W: &b}.Step(r, v)
	}
	return b.String()
}

// textOf is lines as an element, or nil where there is nothing to say.
func textOf(lines ...string) *junitText {
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	if text := strings.TrimRight(strings.Join(lines, "\n"), "\n"); text != "" {
		return &junitText{text}
	}
	return nil
}

func headline(failures []scenario.Failure) string {
	var parts []string
	for _, f := range failures {
		parts = append(parts, fmt.Sprintf("want %s, got %s", f.Want, f.Got))
	}
	return strings.Join(parts, "; ")
}

func junitSeconds(s float64) string {
	return fmt.Sprintf("%.3f", (time.Duration(s * float64(time.Second))).Seconds())
}
