package docker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"netsim/topology"
	"netsim/topology/topotest"
)

// ownImage makes an image of a user's own: another user, another place, no entrypoint.
func ownImage(t *testing.T) string {
	t.Helper()
	file, err := nodeProgram()
	if err != nil {
		t.Fatal(err)
	}
	name := strings.ToLower(runID(t)) + ":1"
	tar := exec.Command("tar", "-c", "-C", strings.TrimSuffix(file, "/netsim"), "--transform=s,^netsim,bin/tool,", "netsim")
	load := exec.Command("docker", "import", "-c", "USER 65534", "-c", "WORKDIR /srv", "-c", `CMD ["/bin/tool", "node", "serve"]`, "-", name)
	load.Stdin, err = tar.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tar.Start(); err != nil {
		t.Fatal(err)
	}
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := tar.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dockerCLI(t, "rmi", name) })
	return name
}

// withImage is the routed network with an image for carol.
//
//	alice, bob ── office ── gw ── workshop ── carol (image)
func withImage(t *testing.T, image string, base byte) *topology.Plan {
	p := plan(t, topotest.Routed(), base)
	text := "hello\n"
	p.Node("carol").Image = image
	p.Node("carol").Files = []topology.File{{Name: "motd", Text: &text}}
	return p
}

// begin starts the image and waits for its first line.
func begin(t *testing.T, w topology.World, node string, args ...string) topology.Process {
	t.Helper()
	p, err := w.Start(t.Context(), node, topology.Command{Image: true, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p.Stdout(), make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	return p
}

// tool runs a program of the image to its end.
func tool(t *testing.T, w topology.World, args ...string) (stdout string, exit topology.ExitStatus) {
	t.Helper()
	p, err := w.Start(t.Context(), "carol", topology.Command{Args: append([]string{"/bin/tool", "node"}, args...)})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(p.Stdin(), "typed")
	p.Stdin().Close()
	var errs bytes.Buffer
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(&errs, p.Stderr())
	}()
	out, _ := io.ReadAll(p.Stdout())
	<-copied
	exit, err = p.Wait()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return string(out), exit
}

func TestImageOfOnesOwn(t *testing.T) {
	d := newDriver(t)
	image := ownImage(t)
	w, id := up(t, d, withImage(t, image, 40))
	if _, err := w.Start(t.Context(), "carol", topology.Command{Args: []string{"/bin/tool"}}); err == nil || err.Error() != "carol: its image is not running" {
		t.Error(err)
	}
	p := begin(t, w, "carol", image)

	t.Run("it has the node's network", func(t *testing.T) {
		if got, code := run(t, w, "alice", "call", "carol"); got != "10.41.0.2" || code != 0 {
			t.Errorf("carol saw %q; exit %d", got, code)
		}
		if got, _ := tool(t, w, "call", "carol.workshop"); got != "10.42.0.2\n" {
			t.Errorf("carol saw %q", got)
		}
	})
	t.Run("the node has netsim's own programs", func(t *testing.T) {
		got, _ := run(t, w, "carol", "interfaces")
		if !strings.Contains(got, "eth0 02:") || strings.Count(got, "\n") != 1 {
			t.Errorf("carol has\n%s", got)
		}
	})
	t.Run("its programs are its user's, without power over the network", func(t *testing.T) {
		status, _ := tool(t, w, "cat", "/proc/self/status")
		for _, want := range []string{"Uid:\t65534", "CapEff:\t0000000000000000"} {
			if !strings.Contains(status, want) {
				t.Errorf("no %q in\n%s", want, status)
			}
		}
	})
	t.Run("files, input and exit status", func(t *testing.T) {
		if got, _ := tool(t, w, "cat", "motd"); got != "hello\n" {
			t.Errorf("motd is %q", got)
		}
		if got, exit := tool(t, w, "echo"); got != "typed" || exit.Code != 0 {
			t.Errorf("%q, %+v", got, exit)
		}
		if _, exit := tool(t, w, "cat", "nothing"); exit.Code != 1 {
			t.Errorf("%+v", exit)
		}
	})
	t.Run("a program of the image is stopped", func(t *testing.T) { stopsExec(t, w) })
	t.Run("the image is stopped", func(t *testing.T) {
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(p.Stdout()); err != nil {
			t.Error(err)
		}
		if exit, err := p.Wait(); err != nil || exit.Code != 143 && exit.Code != 2 { // Go ends itself with 2 where it is process 1
			t.Errorf("%+v %v", exit, err)
		}
		if got := objects(t, id+"-carol"+".image"); got != "" {
			t.Errorf("%s is left", got)
		}
	})
}

// stopsExec stops a program that runs as another user than the agent, at once and a little later.
func stopsExec(t *testing.T, w topology.World) {
	for _, after := range []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond} {
		p, err := w.Start(t.Context(), "carol", topology.Command{Args: []string{"/bin/tool", "node", "sleep"}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(p.Stdout()); err != nil {
			t.Error(err)
		}
		if exit, err := p.Wait(); err != nil || exit.Code == 0 {
			t.Errorf("after %s: %+v %v", after, exit, err)
		}
	}
}

// A kept network keeps its images; a visitor's programs end with the visit.
func TestKeptImage(t *testing.T) {
	d := newDriver(t)
	image := ownImage(t)
	id := runID(t)
	w, err := d.Up(t.Context(), topology.Run{ID: id, Plan: withImage(t, image, 50), Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Down(context.Background(), id) })
	p := begin(t, w, "carol", image, "/bin/tool", "node", "serve")
	if err := w.(topology.Keeper).Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err == nil {
		t.Error("it is known how a program ended that still runs")
	}
	if k := listed(t, d, id); fmt.Sprint(k.Nodes) != "[alice bob carol gw]" {
		t.Errorf("%+v", k)
	}

	v, err := d.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := run(t, v, "alice", "call", "carol"); got != "10.51.0.2" {
		t.Errorf("carol saw %q", got)
	}
	left, err := v.Start(t.Context(), "carol", topology.Command{Args: []string{"/bin/tool", "node", "sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	_, _ = left.Wait()
	sleeps := func() bool {
		return strings.Contains(dockerCLI(t, "top", "netsim-"+id+"-carol.image", "-o", "pid,args"), "node sleep")
	}
	for range 100 {
		if !sleeps() {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if sleeps() {
		t.Error("a visitor's program is left")
	}
	again, err := d.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	open, err := again.Start(t.Context(), "carol", topology.Command{Args: []string{"/bin/tool", "node", "sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Down(t.Context(), id); err != nil {
		t.Error(err)
	}
	_, _ = io.ReadAll(open.Stdout()) // ends, though not every engine ends it
	_, _ = open.Wait()
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	empty(t, id)
}

func TestImageThatNobodyHas(t *testing.T) {
	d := newDriver(t)
	id := runID(t)
	_, err := d.Up(t.Context(), topology.Run{ID: id, Plan: withImage(t, "localhost:1/nobody/has:1", 60)})
	var u *topology.Unavailable
	if !errors.As(err, &u) || !strings.HasPrefix(u.Reason, "carol: the engine does not have the image localhost:1/nobody/has:1, nor can it pull it: ") || u.Hint == "" {
		t.Errorf("%v", err)
	}
	empty(t, id)
}
