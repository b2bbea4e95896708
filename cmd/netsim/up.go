package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"netsim/scenarios/report"
	"netsim/scenarios/scenario"
	"netsim/topology"
)

func upCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:         "up",
		Usage:        "build the network of a scenario, run its steps, judge them, take the network down",
		ArgsUsage:    "FILE..",
		BashComplete: completeScenarios(t),
		Description: "FILE is a path, the name of a shipped scenario, or - for standard input. A scenario without steps stays\n" +
			"up until Ctrl-C. Exit status: 0 all expectations hold, 1 one does not, 2 the scenario or the command\n" +
			"line is wrong, 3 this machine cannot run it, 130 interrupted.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "driver", Value: "auto", EnvVars: []string{"NETSIM_DRIVER"}, Usage: "auto, docker or native"},
			&cli.BoolFlag{Name: "keep", Usage: "leave the network up; netsim ls, exec and down know it"},
			&cli.Uint64Flag{Name: "seed", Usage: "use this seed, a whole number", DefaultText: "the file's"},
			&cli.StringSliceFlag{Name: "report", Usage: "also write a report: `FORMAT=FILE` with FORMAT text, json or junit; may be given more than once"},
			&cli.StringFlag{Name: "dir", Usage: "keep the records of runs below `DIR` instead of the user's state directory"},
		},
		Action: func(c *cli.Context) error {
			u, err := newUp(t, c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			defer context.AfterFunc(ctx, stop)()                    // a second Ctrl-C does not wait for anything
			signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that has gone leaves nothing behind
			return u.all(ctx)
		},
	}
}

// up is one `netsim up`: its options, and what it has found out.
type up struct {
	t       terminal
	files   []*scenario.File
	driver  string
	keep    bool
	dir     string
	targets []target // --report
	reports []report.Report
}

// newUp checks the whole command line and every file before anything is made.
func newUp(t terminal, c *cli.Context) (*up, error) {
	u := &up{t: t, driver: c.String("driver"), keep: c.Bool("keep"), dir: c.String("dir")}
	for _, text := range c.StringSlice("report") {
		r, err := parseTarget(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(u.targets, func(other target) bool { return other.file == r.file }) {
			return nil, &status{wrongInput, fmt.Errorf("--report: two reports go to %s", r.file)}
		}
		u.targets = append(u.targets, r)
	}
	var err error
	if u.files, err = load(t, c.Args().Slice()); err != nil {
		return nil, err
	}
	var wrong []error
	for _, f := range u.files {
		if c.IsSet("seed") {
			f.SetSeed(c.Uint64("seed"))
		}
		if err := f.Fetch(filepath.Dir(f.Name)); err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, r := range u.targets {
		if u.reads(r.file) {
			wrong = append(wrong, fmt.Errorf("--report: %s is a scenario of this command", r.file))
		} else if err := r.try(); err != nil {
			wrong = append(wrong, err)
		}
	}
	if wrong != nil {
		return nil, &status{wrongInput, errors.Join(wrong...)}
	}
	return u, nil
}

// reads says whether a file is one of the scenarios.
func (u *up) reads(file string) bool {
	info, err := os.Stat(file)
	return err == nil && slices.ContainsFunc(u.files, func(f *scenario.File) bool {
		other, err := os.Stat(f.Name)
		return err == nil && os.SameFile(info, other)
	})
}

// all runs the files one after the other and writes the reports.
func (u *up) all(ctx context.Context) error {
	d, err := u.prepare(ctx)
	if ctx.Err() != nil {
		err = &status{interrupted, errors.New("interrupted: nothing was made")}
	}
	if err != nil {
		u.skip(u.files, err.Error())
		return errors.Join(err, writeReports(u.targets, u.reports))
	}
	worst := allHold
	for i, f := range u.files {
		told := len(u.reports)
		code, err := u.one(ctx, d, f)
		worst = max(worst, code)
		if err != nil && len(u.reports) == told {
			u.skip(u.files[i:i+1], err.Error())
		}
		if err != nil || code == interrupted {
			u.skip(u.files[i+1:], "not run: netsim ended before it")
		}
		if err != nil {
			return errors.Join(err, writeReports(u.targets, u.reports))
		}
		if code == interrupted {
			break
		}
	}
	if err := writeReports(u.targets, u.reports); err != nil {
		return err
	}
	if worst != allHold {
		return &status{worst, nil}
	}
	return nil
}

// prepare finds the driver, and sweeps up with it.
func (u *up) prepare(ctx context.Context) (choice, error) {
	d, err := choose(ctx, u.driver, u.plans())
	if err != nil || ctx.Err() != nil {
		return d, err
	}
	fmt.Fprintf(u.t.out, "driver %s: %s\n", d.Name(), d.why)
	if err := sweep(ctx, u.t, d); err != nil {
		return d, &status{cannotRun, err}
	}
	return d, nil
}

// skip reports the files that it did not come to.
func (u *up) skip(files []*scenario.File, why string) {
	for _, f := range files {
		end := scenario.Record{Kind: scenario.KindEnd, Problem: why}
		u.reports = append(u.reports, report.New(f, []scenario.Record{end}, ""))
	}
}

func (u *up) plans() []*topology.Plan {
	plans := make([]*topology.Plan, len(u.files))
	for i, f := range u.files {
		plans[i] = f.Plan
	}
	return plans
}

// one runs one scenario and returns its exit status.
func (u *up) one(ctx context.Context, d builder, f *scenario.File) (int, error) {
	id, dir, err := newRun(u.dir, f.Topology.Name)
	if err != nil {
		return 0, &status{cannotRun, err}
	}
	journal, err := scenario.NewJournal(dir, f, scenario.Heading{Run: id, Driver: d.Name(), Started: time.Now()})
	if err != nil {
		return 0, &status{cannotRun, err}
	}
	defer journal.Close()
	defer hold(dir)()
	u.introduce(f)
	progress := newProgress(u.t)
	run := topology.Run{ID: id, Plan: f.Plan, Keep: u.keep, Dir: dir, Progress: progress.show}
	world, err := d.Up(ctx, run)
	progress.clear()
	if err != nil {
		return u.notBuilt(ctx, f, journal, err)
	}
	text := report.Text{W: u.t.out, Colour: colourful(u.t.out)}
	s := &stage{run: run, file: f, world: world, journal: journal, progress: progress, text: text}
	r, err := s.perform(ctx)
	u.reports = append(u.reports, r)
	if err != nil {
		return 0, &status{cannotRun, err}
	}
	return u.conclude(ctx, s, r), nil
}

// notBuilt reports a scenario whose network did not come up; there is nothing of it.
func (u *up) notBuilt(ctx context.Context, f *scenario.File, journal *scenario.Journal, err error) (int, error) {
	problem := "the network could not be built: " + err.Error()
	if ctx.Err() != nil {
		problem = "interrupted"
	}
	journal.Append(scenario.Record{Kind: scenario.KindEnd, Time: time.Now().Round(0), Problem: problem})
	u.reports = append(u.reports, report.New(f, journal.Records(), journal.Dir()))
	if ctx.Err() != nil {
		fmt.Fprintln(u.t.out, "interrupted: the network is down")
		return interrupted, nil
	}
	return 0, &status{cannotRun, err}
}

// introduce says what a scenario shows.
func (u *up) introduce(f *scenario.File) {
	fmt.Fprintf(u.t.out, "\n%s: %s, %s, seed %d\n", f.Topology.Name, count(len(f.Plan.Segments), "network"), count(len(f.Plan.Nodes), "node"), f.Plan.Seed)
	if about := inTongue(f, os.Getenv); about != "" {
		fmt.Fprintln(u.t.out, about)
	}
}

// inTongue is what the scenario shows, in Chinese where the user's messages are (locale(7)).
func inTongue(f *scenario.File, getenv func(string) string) string {
	tongue := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	if f.AboutZh != "" && strings.HasPrefix(tongue, "zh") {
		return f.AboutZh
	}
	return f.About
}

// conclude prints the summary and returns the exit status.
func (u *up) conclude(ctx context.Context, s *stage, r report.Report) int {
	if !s.stays() || !r.Passed() {
		s.text.Summary(r)
	}
	if s.kept {
		fmt.Fprintf(u.t.out, "the network stays up: netsim exec NODE -- COMMAND runs something on it, netsim down %s takes it down\n", s.run.ID)
	}
	switch {
	case s.stays() && r.Passed():
		return allHold // Ctrl-C is how such a network ends
	case ctx.Err() != nil:
		return interrupted
	case !r.Passed():
		return oneFails
	}
	return allHold
}

// colourful says whether to write in colour: on a terminal, unless NO_COLOR is set
// (https://no-color.org).
func colourful(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }
