package scenario

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// Bounds of what is held in memory of a program's output; its files have all of it.
const (
	longestLine  = 1 << 20 // of an event, in bytes
	longestText  = 1 << 20 // of an exec's output, in bytes
	longestEnd   = 8 << 10 // of which the last lines are told, in bytes
	mostEvents   = 100_000
	stderrLines  = 10
	longestShown = 300 // characters of a line shown as evidence
)

// pump copies a stream to a file and to take.
func pump(from io.Reader, to io.Writer, take io.Writer) {
	// A full disk must not stall the program: its output is read to the end anyway.
	_, _ = io.Copy(io.MultiWriter(take, &deaf{to: to}), from)
}

// deaf is a writer that writes no more after its first error.
type deaf struct {
	to  io.Writer
	err error
}

func (d *deaf) Write(b []byte) (int, error) {
	if d.err == nil {
		_, d.err = d.to.Write(b)
	}
	return len(b), nil
}

// lineWriter cuts a stream into lines, each with its end.
type lineWriter struct {
	take func([]byte)
	line []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		part := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			part = b[:i+1]
		}
		b = b[len(part):]
		w.line = append(w.line, part[:min(len(part), longestLine-len(w.line))]...)
		if part[len(part)-1] == '\n' {
			w.flush()
		}
	}
	return n, nil
}

func (w *lineWriter) flush() {
	if len(w.line) > 0 {
		w.take(w.line)
	}
	w.line = nil
}

// takeEvent takes a line of a program of netsim's own.
func (p *running) takeEvent(line []byte) {
	e := &event{}
	var head struct {
		Event string `json:"event"`
	}
	if json.Unmarshal(line, &head) == nil && head.Event != "" {
		e.kind, e.raw = head.Event, bytes.TrimSpace(line)
	}
	p.update(func() {
		switch {
		case e.kind != "":
			// The result comes last, so of too many events the last one is kept.
			p.events = append(p.events[:min(len(p.events), mostEvents)], e)
		case p.stray == "":
			p.stray = shown(string(line))
		}
	})
}

// text is what a program has written to one stream: its beginning, and its last lines.
type text struct {
	beginning []byte // at most longestText
	end       []byte // at most longestEnd, once more has come
}

func (t *text) add(b []byte) {
	t.beginning = append(t.beginning, b[:min(len(b), longestText-len(t.beginning))]...)
	t.end = append(t.end, b...)
	if more := len(t.end) - longestEnd; more > longestEnd {
		t.end = append(t.end[:0], t.end[more:]...)
	}
}

// taker is a stream that updates a program.
type taker struct {
	program *running
	text    *text
}

func (t taker) Write(b []byte) (int, error) {
	t.program.update(func() { t.text.add(b) })
	return len(b), nil
}

// finder says whether a text has come. It looks at each byte about once.
type finder struct {
	sought string
	looked int
}

func (f *finder) in(t *text) bool {
	from := max(0, f.looked-len(f.sought)+1)
	f.looked = len(t.beginning)
	return bytes.Contains(t.beginning[from:], []byte(f.sought))
}

// shown is a line as evidence shows it.
func shown(line string) string {
	line = strings.TrimRight(strings.ToValidUTF8(line, "\uFFFD"), " \t\r\n")
	if r := []rune(line); len(r) > longestShown {
		return string(r[:longestShown]) + "…"
	}
	return line
}

// lastLines are the last n lines of a text.
func lastLines(text string, n int) []string {
	var lines []string
	for l := range strings.Lines(text) {
		if l = shown(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines[max(0, len(lines)-n):]
}
