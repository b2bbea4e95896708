package scenarios_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	dockerdriver "netsim/docker"
	"netsim/topology"
	"netsim/topology/native"
	"netsim/topology/topotest"
)

// netsim is the binary that all tests here run, built once.
var netsim string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "netsim-test-")
	if err != nil {
		panic(err)
	}
	if err := topotest.Sources(".."); err != nil {
		panic(err)
	}
	netsim = filepath.Join(dir, "netsim")
	build := exec.Command("go", "build", "-o", netsim, "../cmd/netsim")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func drivers() []topology.Driver {
	return []topology.Driver{&dockerdriver.Driver{Executable: netsim}, &native.Driver{Executable: netsim}}
}

// overDrivers runs one test body over every driver.
func overDrivers(t *testing.T, body func(t *testing.T, d topology.Driver)) {
	eachDriver(t, topotest.Require, body)
}

// aloneOverDrivers is overDrivers with the machine to itself.
func aloneOverDrivers(t *testing.T, body func(t *testing.T, d topology.Driver)) {
	eachDriver(t, topotest.Alone, body)
}

func eachDriver(t *testing.T, need func(testing.TB, string), body func(t *testing.T, d topology.Driver)) {
	for _, d := range drivers() {
		t.Run(d.Name(), func(t *testing.T) {
			need(t, d.Name())
			body(t, d)
		})
	}
}
