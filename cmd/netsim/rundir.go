package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// keptRuns is how many runs' folders stay; older ones go.
const keptRuns = 50

// newRun names a run and its folder: below dir, or below the user's state directory
// (XDG Base Directory Specification).
func newRun(dir, scenario string) (id, folder string, err error) {
	id = fmt.Sprintf("%s-%s-%04x", scenario, time.Now().Format("0102-150405"), rand.IntN(1<<16))
	if dir == "" {
		dir = runsDir()
		prune(dir)
	}
	folder, err = filepath.Abs(filepath.Join(dir, id))
	return id, folder, err
}

func runsDir() string {
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "netsim", "runs")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "state", "netsim", "runs")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("netsim-%d", os.Getuid()), "runs")
}

// prune removes the oldest runs' folders, but for those that are held. Only folders that hold a
// journal are taken for ours.
func prune(dir string) {
	journals, _ := filepath.Glob(filepath.Join(dir, "*", "journal.jsonl"))
	if len(journals) < keptRuns {
		return
	}
	slices.SortFunc(journals, func(a, b string) int { return modified(a).Compare(modified(b)) })
	for _, journal := range journals[:len(journals)-keptRuns+1] {
		if dir := filepath.Dir(journal); !held(dir) {
			os.RemoveAll(dir)
		}
	}
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
