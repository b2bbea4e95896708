package scenario

import (
	"encoding/json"
	"fmt"
	"path/filepath"
)

// ending is how the program ended, in words.
func (p *running) ending() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.unknown != nil:
		return "it is not known how: " + p.unknown.Error()
	case p.exit.Signal != "":
		return p.exit.Signal
	}
	return fmt.Sprintf("exit status %d", p.exit.Code)
}

func (p *running) files() []string {
	return []string{filepath.Base(p.out.Name()), filepath.Base(p.err.Name())}
}

// record is what came of a program that has ended.
func (p *running) record() Record {
	ending := p.ending()
	p.mu.Lock()
	defer p.mu.Unlock()
	exit := p.exit
	rec := Record{Exit: &exit, Files: p.files(), Stderr: lastLines(string(p.stderr.end), stderrLines)}
	switch {
	case p.unknown != nil:
		rec.Exit, rec.Problem = nil, "it is not known how it ended: "+p.unknown.Error()
	case p.command.call == nil:
		rec.Result = p.execResult()
	case p.stray != "":
		rec.Problem, rec.Seen = "its output is not events", []string{p.stray}
	default:
		rec.Result = p.resultEvent()
		if rec.Result == nil {
			rec.Problem = "no result: " + ending
		}
	}
	return rec
}

// resultEvent is the last event, which must be the result. The caller holds the lock.
func (p *running) resultEvent() json.RawMessage {
	if n := len(p.events); n > 0 && p.events[n-1].kind == "result" {
		return p.events[n-1].raw
	}
	return nil
}

// execResult is the result of any other program. The caller holds the lock.
func (p *running) execResult() json.RawMessage {
	raw, _ := json.Marshal(map[string]any{ // these types have no error
		"exit": p.exit.Code, "stdout": string(p.stdout.beginning), "stderr": string(p.stderr.beginning),
	})
	return raw
}

// lastOutput is the last lines of standard output.
func (p *running) lastOutput() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return lastLines(string(p.stdout.end), shownLines)
}

// lastEvents are the last n events as text.
func (p *running) lastEvents(n int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, e := range p.events[max(0, len(p.events)-n):] {
		all = append(all, shown(string(e.raw)))
	}
	return all
}
