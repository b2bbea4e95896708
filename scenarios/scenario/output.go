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
	mostEvents   = 100_000
	stderrLines  = 10
	longestShown = 300 // characters of a line shown as evidence
)

// pump copies a stream to a file, and its lines to take; of a longer line, what fits.
func pump(from io.Reader, to io.Writer, take func(line []byte)) {
	in := &lineWriter{take: take}
	// A full disk must not stall the program: its output is read to the end anyway.
	_, _ = io.Copy(io.MultiWriter(in, &deaf{to: to}), from)
	in.flush()
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

func (p *running) takeOutput(line []byte) {
	if p.command.call == nil {
		p.update(func() { p.stdout = appendBounded(p.stdout, line) })
		return
	}
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

func (p *running) takeError(line []byte) {
	p.update(func() { p.stderr = appendBounded(p.stderr, line) })
}

func appendBounded(text, more []byte) []byte {
	return append(text, more[:min(len(more), longestText-len(text))]...)
}

// shown is a line as evidence shows it.
func shown(line string) string {
	line = strings.TrimSpace(strings.ToValidUTF8(line, "\uFFFD"))
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
