package docker_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"netsim/docker"
	"netsim/topology"
	"netsim/topology/topotest"
)

// TestMain plays the process that dies while it brings a network up (TestSweep), and the one that
// asks for an engine (TestUnavailable).
func TestMain(m *testing.M) {
	if run := os.Getenv("NETSIM_TEST_VICTIM"); run != "" {
		victim(run)
		return
	}
	if os.Getenv("NETSIM_TEST_ASK") != "" {
		ask()
		return
	}
	code := m.Run()
	if file, err := nodeProgram(); err == nil {
		os.RemoveAll(filepath.Dir(file))
	}
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// nodeProgram builds the executable that the tests' images are made of, once. It comes
// out the same every time, so that the image is built once as well.
var nodeProgram = sync.OnceValues(func() (string, error) {
	if err := topotest.Sources(".."); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "netsim-docker-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "netsim")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", file, "./testdata/node")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

func newDriver(t testing.TB) *docker.Driver {
	t.Helper()
	topotest.Require(t, "docker")
	file, err := nodeProgram()
	if err != nil {
		t.Fatal(err)
	}
	return &docker.Driver{Executable: file, Log: os.Stderr}
}

// runID is unique on this machine.
func runID(t testing.TB) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, t.Name())
	return fmt.Sprintf("%.40s-%d-%d", name, os.Getpid(), time.Now().UnixNano()%1e9)
}

// up brings a network up that is taken down with the test.
func up(t testing.TB, d *docker.Driver, p *topology.Plan) (topology.World, string) {
	t.Helper()
	id := runID(t)
	w, err := d.Up(t.Context(), topology.Run{ID: id, Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		empty(t, id)
	})
	return w, id
}

// empty fails when the engine has anything whose name has the run's ID in it.
func empty(t testing.TB, id string) {
	t.Helper()
	if left := objects(t, id); left != "" {
		t.Errorf("left of %s: %s", id, left)
	}
}

// objects are the names of containers, networks and volumes that contain a text.
func objects(t testing.TB, text string) string {
	t.Helper()
	var names []string
	for _, args := range [][]string{
		{"ps", "-a", "--format", "{{.Names}}"},
		{"network", "ls", "--format", "{{.Name}}"},
		{"volume", "ls", "--format", "{{.Name}}"},
	} {
		for name := range strings.Lines(dockerCLI(t, args...)) {
			if strings.Contains(name, text) {
				names = append(names, args[0]+" "+strings.TrimSpace(name))
			}
		}
	}
	return strings.Join(names, ", ")
}

func dockerCLI(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// run runs a program of the node executable to its end.
func run(t testing.TB, w topology.World, node string, args ...string) (stdout string, code int) {
	t.Helper()
	p, err := w.Start(context.Background(), node, topology.Command{Program: true, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	var readers sync.WaitGroup
	readers.Go(func() { _, _ = io.Copy(&out, p.Stdout()) })
	readers.Go(func() { _, _ = io.Copy(&errs, p.Stderr()) })
	p.Stdin().Close()
	readers.Wait()
	exit, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if errs.Len() > 0 {
		t.Logf("%s: %s: %s", node, strings.Join(args, " "), errs.String())
	}
	return strings.TrimSpace(out.String()), exit.Code
}

// serve starts the server on a node, and returns when it is ready.
func serve(t testing.TB, w topology.World, node string) {
	t.Helper()
	p, err := w.Start(context.Background(), node, topology.Command{Program: true, Args: []string{"serve"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p.Stdout(), make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
}

// plan resolves a topology whose subnets 10.N.0.0/24 are moved to 10.BASE+N.0.0/24, so
// that tests side by side have their own.
func plan(t testing.TB, top topology.Topology, base byte) *topology.Plan {
	t.Helper()
	for i := range top.Networks {
		n := &top.Networks[i]
		a := n.Subnet.Addr().As4()
		a[1] += base
		n.Subnet = netip.PrefixFrom(netip.AddrFrom4(a), n.Subnet.Bits())
	}
	p, err := topology.Resolve(top)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
