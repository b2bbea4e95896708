package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"netsim/nodes"
	"netsim/scenarios"
	"netsim/scenarios/scenario"
)

// load reads and checks scenario files, all of them before anything is made. An
// argument is a path, the name of a shipped scenario, or - for standard input.
func load(t terminal, args []string) ([]*scenario.File, error) {
	if len(args) == 0 {
		return nil, &status{wrongInput, fmt.Errorf("which scenario? a FILE is missing\n  a path, - for standard input, or one of netsim's own: %s", strings.Join(scenarios.Names(), ", "))}
	}
	var files []*scenario.File
	var wrong []error
	for _, arg := range args {
		file, err := loadOne(t, arg)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		files = append(files, file)
	}
	if wrong != nil {
		return nil, &status{wrongInput, errors.Join(wrong...)}
	}
	return files, nil
}

// completeScenarios completes the names of shipped scenarios; the shell itself knows files.
func completeScenarios(t terminal) cli.BashCompleteFunc {
	return func(*cli.Context) { fmt.Fprintln(t.out, strings.Join(scenarios.Names(), "\n")) }
}

func loadOne(t terminal, arg string) (*scenario.File, error) {
	name, text, err := read(t.in, arg)
	if err != nil {
		return nil, err
	}
	return scenario.Parse(name, text, programs())
}

func read(in io.Reader, arg string) (name string, text []byte, err error) {
	if arg == "-" {
		text, err = io.ReadAll(io.LimitReader(in, scenario.MaxSize+1))
		return "standard input", text, err
	}
	text, err = readFile(arg)
	if errors.Is(err, fs.ErrNotExist) {
		if shipped, ok := scenarios.Read(arg); ok {
			return arg + ".yaml", shipped, nil
		}
		return "", nil, fmt.Errorf("%s: no such file, and no shipped scenario has that name\n  %s", arg, suggest(arg, scenarios.Names()))
	}
	if err != nil {
		return "", nil, fmt.Errorf("%w\n  a scenario is one file: scenarios/*.yaml names many", err)
	}
	return arg, text, nil
}

// readFile reads one byte more than a scenario may have, so that a larger file is
// refused without being read whole.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, scenario.MaxSize+1))
}

// suggest is a hint: the names that are valid, and the nearest one.
func suggest(found string, valid []string) string {
	hint := "there are: " + strings.Join(valid, ", ")
	if near := nodes.Nearest(found, valid); near != "" {
		hint += "; did you mean " + near + "?"
	}
	return hint
}
