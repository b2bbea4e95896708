package scenarios_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netsim/topology"
	"netsim/topology/topotest"
)

// command is netsim's command line with a home of its own.
type command struct {
	t    *testing.T
	home string
}

func newCommand(t *testing.T) command { return command{t, openDir(t)} }

func (c command) prepare(args ...string) *exec.Cmd {
	cmd := exec.Command(netsim, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+c.home)
	return cmd
}

// run returns all output and the exit status.
func (c command) run(args ...string) (string, int) {
	c.t.Helper()
	out, err := c.prepare(args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	if exit == nil {
		return string(out), 0
	}
	return string(out), exit.ExitCode()
}

// expect runs a command and looks for an exit status and texts in its output.
func (c command) expect(args []string, status int, texts ...string) {
	c.t.Helper()
	out, got := c.run(args...)
	if got != status {
		c.t.Errorf("netsim %s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, out)
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			c.t.Errorf("netsim %s: no %q in\n%s", strings.Join(args, " "), text, out)
		}
	}
}

func (c command) write(name, text string) string {
	c.t.Helper()
	file := filepath.Join(c.home, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return file
}

// ownName is a scenario's name by which this process alone calls a network: others may be up.
func ownName(what string, d topology.Driver) string {
	return fmt.Sprintf("%s-%s-%d", what, d.Name(), os.Getpid())
}

// A network that is kept is there for later commands, until it is taken down.
func TestKeptNetworkOverEveryDriver(t *testing.T) {
	aloneOverDrivers(t, func(t *testing.T, d topology.Driver) {
		c := newCommand(t)
		run := ownName("kept", d)
		file := c.write("kept.yaml", `name: `+run+`
networks: { office: 10.61.0.0/24 }
hosts:
  alice: office
  bob: { networks: office, run: [echo serve], files: { motd: "hello\n" } }
`)
		c.expect([]string{"up", "--keep", "--driver", d.Name(), file}, 0, "the network stays up")
		t.Cleanup(func() { c.run("down", run) })
		c.expect([]string{"ls"}, 0, run, "kept-"+d.Name(), d.Name(), "kept", "alice bob")
		c.expect([]string{"exec", "--run", run, "alice", "--", "echo", "tcp", "bob", "hi"}, 0, `"reply":"hi"`)
		c.expect([]string{"exec", "--run", run, "alice", "--", "echo", "tcp", "bob", "hi", "--port", "9"}, 1, `"error":"refused"`)
		c.expect([]string{"exec", "--run", run, "bob", "--", "hash", "motd"}, 0, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
		c.expect([]string{"exec", "--run", run, "carol", "--", "ping", "bob"}, 2, `there is no node "carol"`)
		c.expect([]string{"down", run}, 0, run+"-", " is down")
		c.expect([]string{"down", run}, 2, "no network")
		c.expect([]string{"exec", "--run", run, "alice", "--", "ping", "bob"}, 2, "no network")
	})
}

// Ctrl-C at any moment ends a run with 130, and nothing is left.
func TestInterruptedRunOverEveryDriver(t *testing.T) {
	aloneOverDrivers(t, func(t *testing.T, d topology.Driver) {
		c := newCommand(t)
		file := c.write("long.yaml", `name: long
networks: { office: 10.62.0.0/24 }
hosts: { alice: { networks: office, count: 3 } }
steps:
  - wait: 60s
`)
		before := oursOf(t, d) // an engine may have lost count of what a network has, and keep it
		for _, moment := range []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
			cmd := c.prepare("up", "--driver", d.Name(), file)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(moment)
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if out.Len() == 0 { // it had not begun
				continue
			}
			if got := cmd.ProcessState.ExitCode(); got != 130 || !strings.Contains(out.String(), "interrupted") {
				t.Errorf("after %s: exit status %d\n%s", moment, got, &out)
			}
			if left := processes() + newSince(before, oursOf(t, d)); left != "" {
				t.Errorf("after %s there is left:\n%s", moment, left)
			}
		}
	})
}

// A reader of the output that goes away (`| head -1`) does not keep a run from taking its network down.
func TestReaderThatGoesAway(t *testing.T) {
	aloneOverDrivers(t, func(t *testing.T, d topology.Driver) {
		before := oursOf(t, d)
		cmd := newCommand(t).prepare("up", "--driver", d.Name(), "no-router")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		out.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if left := processes() + newSince(before, oursOf(t, d)); left != "" {
			t.Errorf("left:\n%s", left)
		}
	})
}

// oursOf is what a driver's engine has of us.
func oursOf(t *testing.T, d topology.Driver) string {
	t.Helper()
	if d.Name() == "docker" {
		return ours(t)
	}
	return ""
}

// A file with a mistake is refused before anything is made: no folder of a run, no network.
func TestWrongFilesMakeNothing(t *testing.T) {
	files, err := filepath.Glob("scenario/testdata/wrong/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d wrong files, %v", len(files), err)
	}
	c := newCommand(t)
	for _, file := range files {
		if filepath.Base(file) == "program-form.yaml" {
			continue // wrong for a program that only the parser's test has
		}
		c.expect([]string{"up", file}, 2, filepath.Base(file)+":")
	}
	if made, _ := filepath.Glob(filepath.Join(c.home, "*")); len(made) > 0 {
		t.Errorf("made: %v", made)
	}
	if left := processes(); left != "" {
		t.Errorf("left: %s", left)
	}
}

// The exit statuses that the help names, and where the hint is.
func TestExitStatuses(t *testing.T) {
	topotest.Require(t, "native")
	c := newCommand(t)
	fine := c.write("fine.yaml", "name: fine\nnetworks: { a: 10.63.0.0/24 }\nhosts: { x: a }\nsteps:\n  - { on: x, run: show addresses }\n")
	fails := c.write("fails.yaml", "name: fails\nnetworks: { a: 10.63.0.0/24 }\nhosts: { x: a }\nsteps:\n  - { on: x, exec: [\"false\"] }\n")
	c.expect([]string{"up", "--driver", "native", fine}, 0, "1 of 1 steps passed")
	c.expect([]string{"up", "--driver", "native", fine, fails}, 1, "1 of 1 steps passed", "0 of 1 steps passed")
	c.expect([]string{"up", "--driver", "native", "--report", "json=" + c.home + "/none/x.json", fine}, 2, "--report: open")
	c.expect([]string{"up", "--driver", "native", "--report", "json=" + fine, fine}, 2, "is a scenario of this command")
	c.expect([]string{"check", fine}, 0)
	c.expect([]string{"up", "--driver", "native", "--dir", "/proc/none", "--report", "json=" + c.home + "/x.json", fine}, 3, "--dir DIR")
	if text, err := os.ReadFile(c.home + "/x.json"); err != nil || !strings.Contains(string(text), `"passed": false`) {
		t.Errorf("the report of a run that did not take place: %v %s", err, text)
	}
	c.expect([]string{"up", "--driver", "native", "--dir", "relative", fine}, 0)
	t.Cleanup(func() { os.RemoveAll("relative") })

	t.Setenv("DOCKER_HOST", "unix://"+c.home+"/none")
	c.expect([]string{"up", "--driver", "docker", fine}, 3, "no Docker engine answers at unix://"+c.home+"/none\n  start it")
	c.expect([]string{"up", fine}, 0, "driver native: no Docker engine answers")
	c.expect([]string{"ls"}, 3, "no network is up\ndriver docker cannot be asked: no Docker engine answers")
	c.expect([]string{"down"}, 3, "driver docker cannot be asked")
	c.expect([]string{"down", "x"}, 3, "driver docker cannot be asked")
	c.expect([]string{"check", "lan-vs-routed", "ring", "three-routers", "no-router", "echo", "probe"}, 0)
}
