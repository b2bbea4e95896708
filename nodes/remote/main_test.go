package remote_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netsim/nodes/mutual"
	"netsim/nodes/nodestest"
	"netsim/nodes/remote"
)

// TestMain makes the test binary what the word netsim stands for in a list: commands to run.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "node" {
		os.Exit(command(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func command(words []string) int {
	switch words[0] {
	case "say":
		fmt.Print(strings.Join(words[1:], "|"))
		fmt.Fprint(os.Stderr, "oops")
		return 3
	case "environment":
		fmt.Print(strings.Join(os.Environ(), "\n"))
	case "flood":
		fmt.Print(strings.Repeat("x", 200_000))
	case "deluge":
		fmt.Print(strings.Repeat("x", 1<<20))
		fmt.Fprint(os.Stderr, strings.Repeat("x", 1<<20))
	case "bytes":
		fmt.Print("\xff\x00")
	case "suicide":
		endMyself()
		time.Sleep(time.Hour)
	case "family": // a child in the same process group; the file says who they are, once they are there
		self, _ := os.Executable()
		child := exec.Command(self, "node", "sleep")
		if err := child.Start(); err != nil {
			fmt.Fprint(os.Stderr, err)
			return 1
		}
		os.WriteFile(words[1]+".new", fmt.Appendf(nil, "%d %d", os.Getpid(), child.Process.Pid), 0o666)
		os.Rename(words[1]+".new", words[1])
		fmt.Print("begun")
		time.Sleep(time.Hour)
	case "sleep":
		time.Sleep(time.Hour)
	}
	return 0
}

// place is a folder with a secret and a list, and the server that has them.
type place struct {
	t      *testing.T
	dir    string
	server *nodestest.Server
}

const goodSecret = "correct horse battery staple"

func newPlace(t *testing.T, list string) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir()}
	p.write("key", goodSecret+"\n")
	p.write("bad", "letmein\n")
	p.write("list", list)
	return p
}

func (p *place) file(name string) string { return filepath.Join(p.dir, name) }

func (p *place) write(name, text string) {
	if err := os.WriteFile(p.file(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// serve starts the server of a place.
func serve(t *testing.T, list string, flags ...string) *place {
	t.Helper()
	p := newPlace(t, list)
	p.start("0", flags...)
	return p
}

func (p *place) start(port string, flags ...string) {
	p.t.Helper()
	line := []string{"remote", "serve", "--port", port, "--name", "bob", "--secret", p.file("key"), "--allow", p.file("list")}
	p.server = nodestest.Start(p.t, remote.Program(), append(line, flags...)...)
}

// run asks the server for a command; flags come first.
func (p *place) run(flags []string, command ...string) nodestest.Outcome {
	p.t.Helper()
	line := []string{"remote", "run", "127.0.0.1", "--port", p.server.Text("port"), "--timeout", "20s"}
	if !strings.Contains(strings.Join(flags, " "), "--secret") {
		line = append(line, "--secret", p.file("key"))
	}
	return nodestest.Run(p.t, remote.Program(), append(append(append(line, flags...), "--"), command...)...)
}

// eventually waits for what other processes do.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in 20s", what)
		}
	}
}

// family waits for the two processes of the command family.
func family(t *testing.T, file string) (pids [2]int) {
	t.Helper()
	eventually(t, "the command's processes", func() bool {
		b, err := os.ReadFile(file)
		if err == nil {
			fmt.Sscan(string(b), &pids[0], &pids[1])
		}
		return err == nil
	})
	return pids
}

// gone waits for the end of processes; one that nobody has reaped yet has ended.
func gone(t *testing.T, pids [2]int) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, fmt.Sprintf("the end of process %d", pid), func() bool {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			_, state, _ := strings.Cut(string(b), ") ")
			return err != nil || strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
		})
	}
}

// asked authenticates and asks for a command by hand.
func (p *place) asked(ctx context.Context, command ...string) (net.Conn, *mutual.Session) {
	p.t.Helper()
	c := p.dial()
	session, err := mutual.Client(c, mutual.Identity{Name: "operator", Secret: []byte(goodSecret)}, "bob")
	if err != nil {
		p.t.Fatal(err)
	}
	b, _ := json.Marshal(map[string]any{"command": command})
	if err := session.Write(b); err != nil {
		p.t.Fatal(err)
	}
	return c, session
}

func (p *place) dial() *net.TCPConn {
	p.t.Helper()
	c, err := net.Dial("tcp4", "127.0.0.1:"+p.server.Text("port"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}
