package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"netsim": func() { os.Exit(run(os.Args, terminal{os.Stdin, os.Stdout, os.Stderr})) },
		"room":   func() { os.Exit(runRoom(os.Args[1:])) },
	})
}

// The scripts are sessions at a command line: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
