package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"netsim/scenarios/report"
)

// target is a report that was asked for: --report FORMAT=FILE.
type target struct{ format, file string }

func parseTarget(text string) (target, error) {
	format, file, ok := strings.Cut(text, "=")
	if !ok || file == "" {
		return target{}, &status{wrongInput, fmt.Errorf("--report: %q does not say where to write it\n  --report json=report.json", text)}
	}
	if !slices.Contains(report.Names(), format) {
		return target{}, &status{wrongInput, fmt.Errorf("--report: there is no format %q\n  %s", format, suggest(format, report.Names()))}
	}
	if file == "-" {
		return target{}, &status{wrongInput, fmt.Errorf("--report: %q: a report goes to a file\n  --report json=report.json", text)}
	}
	return target{format, file}, nil
}

// try finds out before anything is made whether the file can be written.
func (r target) try() error {
	f, err := os.OpenFile(r.file, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return f.Close()
}

// writeReports writes what is known, also of a run that ended early.
func writeReports(targets []target, reports []report.Report) error {
	var wrong []error
	for _, t := range targets {
		if err := writeReport(t, reports); err != nil {
			wrong = append(wrong, &status{cannotRun, err})
		}
	}
	return errors.Join(wrong...)
}

func writeReport(t target, reports []report.Report) error {
	f, err := os.Create(t.file)
	if err != nil {
		return err
	}
	if err := report.Write(f, t.format, reports); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
