package main

import (
	"fmt"
	"io"
	"time"

	"netsim/topology"
)

// progressLine shows what goes on: on a terminal in one line that is written over,
// elsewhere in one plain line when a phase has ended.
type progressLine struct {
	out     io.Writer
	live    bool
	started time.Time
	phase   string
	open    bool // a live line stands unfinished
}

func newProgress(t terminal) *progressLine {
	return &progressLine{out: t.out, live: isTerminal(t.out), started: time.Now()}
}

// show is told of progress by a driver, one call at a time.
func (p *progressLine) show(now topology.Progress) {
	if now.Phase != p.phase {
		p.phase, p.started = now.Phase, time.Now()
	}
	if now.Done < now.Total {
		p.begin(fmt.Sprintf("%-8s %d/%d", now.Phase, now.Done, now.Total))
		return
	}
	p.line(fmt.Sprintf("      %-8s %-4d %s", now.Phase, now.Total, seconds(time.Since(p.started))))
}

// begin shows on a terminal what is being done.
func (p *progressLine) begin(what string) {
	if p.live {
		fmt.Fprintf(p.out, "\r\x1b[K...   %s", what)
		p.open = true
	}
}

// clear makes room for a finished line.
func (p *progressLine) clear() {
	if p.open {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.open = false
	}
}

// line writes a finished line.
func (p *progressLine) line(text string) {
	p.clear()
	fmt.Fprintln(p.out, text)
}

// seconds is a duration to the tenth, or to the millisecond below one.
func seconds(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
