package scenario_test

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netsim/scenarios/scenario"
	"netsim/topology"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWrong parses every wrong file and compares all that is said about it.
func TestWrong(t *testing.T) {
	files, _ := filepath.Glob("testdata/wrong/*.yaml")
	if len(files) < 45 {
		t.Fatalf("%d wrong files, want 45 at least", len(files))
	}
	said := map[string]string{}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file, err := scenario.Parse(filepath.Base(name), text, programs())
			var mistakes scenario.Mistakes
			if !errors.As(err, &mistakes) || file != nil {
				t.Fatalf("file %v, error %v: want Mistakes", file, err)
			}
			golden(t, strings.TrimSuffix(name, ".yaml")+".want", err.Error()+"\n")
			last := mistakes[len(mistakes)-1]
			if before, twice := said[last.Message+last.Hint]; twice {
				t.Errorf("says the same as %s", before)
			}
			said[last.Message+last.Hint] = name
		})
	}
}

// golden compares with a file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// small is the beginning of many files.
const small = `name: x
networks: { office: 10.1.0.0/24, workshop: 10.2.0.0/24 }
routers: { gw: [office, workshop] }
hosts: { alice: office, bob: office, carol: workshop }
`

// parse reads a file that has no mistakes.
func parse(t *testing.T, text string) *scenario.File {
	t.Helper()
	file, err := scenario.Parse("x.yaml", []byte(text), programs())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTooLarge(t *testing.T) {
	_, err := scenario.Parse("x.yaml", []byte(small+"about: "+strings.Repeat("x", scenario.MaxSize)), programs())
	want := "x.yaml:1:1: the file is larger than 1048576 bytes\n  a scenario is at most 1 MiB"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestHuge gives files that are small, and ask for much.
func TestHuge(t *testing.T) {
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, x := range map[string]struct{ text, want string }{
		"networks":  {"name: x\nnetworks:\n" + many("  n%d: 10.1.0.0/24\n", 20_000), "more than 1024 networks"},
		"hosts":     {"name: x\nnetworks: { n: 10.0.0.0/8 }\nhosts:\n" + many("  h%d: { networks: n, count: 4096 }\n", 5_000), "more than 4096 routers and hosts"},
		"programs":  {"name: x\nnetworks: { n: 10.0.0.0/8 }\nhosts:\n  h: { networks: n, count: 4096, run: [" + strings.Repeat("echo serve,", 50_000) + "] }\n", "more than 32 commands"},
		"depth":     {"name: x\nabout: " + strings.Repeat("[", 100_000), "exceeded max depth"},
		"brackets":  {small + "steps:\n  - on: alice\n    run: ping bob\n    expect: " + strings.Repeat("(", 100_000) + "\n", "too long"},
		"operators": {small + "steps:\n  - on: alice\n    run: ping bob\n    expect: ttl == 64 " + strings.Repeat("and ttl == 64 ", 10_000) + "\n", "too long"},
		"digits":    {small + "steps:\n  - on: alice\n    run: ping bob\n    expect: ttl == " + strings.Repeat("9", 400) + "\n", "invalid integer"},
		"unit":      {small + "steps:\n  - on: alice\n    run: ping bob\n    expect: rtt.avg < " + strings.Repeat("9", 400) + "s\n", "not a number"},
		"broken":    {small + strings.Repeat("# a line\n", 60_000) + "about: [", "not YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := scenario.Parse("x.yaml", []byte(x.text), programs()); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %.300v, want %s", err, x.want)
			}
		})
	}
}

// TestText reads values that YAML would take for something else.
func TestText(t *testing.T) {
	file := parse(t, "name: 123\nabout: yes\nnetworks: { on: 10.1.0.0/24 }\nhosts: { null: on, 1e3: on, y: on }\nsteps:\n  - on: null\n    run: ping 1e3\n")
	if file.Topology.Name != "123" || file.About != "yes" || file.Steps[0].Name != "null: ping 1e3" {
		t.Errorf("got %+v", file)
	}
}

func TestForms(t *testing.T) {
	file := parse(t, `
name: forms
seed: 7
timeout: 3m
about: >
  Two lines
  become one.
networks:
  office: { subnet: 10.1.0.0/24, gateway: none, mtu: 1400 }
  workshop: 10.2.0.0/24
routers:
  gw: { networks: { office: 10.1.0.9, workshop: { address: 10.2.0.9 } }, routing: none, routes: ["10.9.0.0/16 via 10.2.0.7"] }
hosts:
  client: { networks: office, count: 2, gateway: gw }
  server:
    networks: [office, workshop]
    routes: [default via 10.1.0.9]
    files: { motd.txt: "hello", empty: "", blob: { size: 10MB, seed: 3 } }
    run:
      - echo serve
      - { exec: [sleep, "1"], as: sleeper, ready: up }
`)
	topo := file.Topology
	if topo.Seed != 7 || file.Timeout.String() != "3m0s" || file.About != "Two lines become one." {
		t.Errorf("seed %d, timeout %s, about %q", topo.Seed, file.Timeout, file.About)
	}
	text, empty := "hello", ""
	want := topology.Topology{
		Name: "forms", Seed: 7,
		Networks: []topology.Network{
			{Name: "office", Subnet: netip.MustParsePrefix("10.1.0.0/24"), Gateway: "none", MTU: 1400},
			{Name: "workshop", Subnet: netip.MustParsePrefix("10.2.0.0/24")},
		},
		Routers: []topology.Router{{
			Name: "gw", Routing: topology.RoutingNone,
			Attachments: []topology.Attachment{
				{Network: "office", Address: netip.MustParseAddr("10.1.0.9")}, {Network: "workshop", Address: netip.MustParseAddr("10.2.0.9")},
			},
			Routes: []topology.StaticRoute{{Destination: netip.MustParsePrefix("10.9.0.0/16"), Via: netip.MustParseAddr("10.2.0.7")}},
		}},
		Hosts: []topology.Host{
			{Name: "client", Attachments: []topology.Attachment{{Network: "office"}}, Gateway: "gw", Count: 2},
			{
				Name: "server", Attachments: []topology.Attachment{{Network: "office"}, {Network: "workshop"}},
				Routes: []topology.StaticRoute{{Destination: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.1.0.9")}},
				Files:  []topology.File{{Name: "motd.txt", Text: &text}, {Name: "empty", Text: &empty}, {Name: "blob", Size: 10_000_000, Seed: 3}},
			},
		},
	}
	if diff := cmp.Diff(want, topo, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("topology (-want +got):\n%s", diff)
	}
	if len(file.Setup) != 2 || file.Setup[0].ID != "server/1" || file.Setup[1].Name != "start sleeper: server: sleep 1" {
		t.Errorf("setup: %+v", file.Setup)
	}
}

// FuzzParse looks for panics and for mistakes without a place.
func FuzzParse(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/wrong/*.yaml")
	shipped, _ := filepath.Glob("../*.yaml")
	for _, name := range append(seeds, shipped...) {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := scenario.Parse("x.yaml", text, programs())
		var mistakes scenario.Mistakes
		switch {
		case err == nil && (file.Plan == nil || file.Topology.Name == ""):
			t.Errorf("no mistakes, and half a file: %+v", file)
		case err != nil && (!errors.As(err, &mistakes) || len(mistakes) == 0):
			t.Errorf("not mistakes: %v", err)
		}
		for _, m := range mistakes {
			if m.Line < 1 || m.Column < 1 || m.Message == "" || strings.Contains(m.Message, "\n") {
				t.Errorf("a mistake that cannot be shown: %#v", m)
			}
		}
	})
}

// BenchmarkRefusal refuses every wrong file, and tells how long the slowest takes.
func BenchmarkRefusal(b *testing.B) {
	files, _ := filepath.Glob("testdata/wrong/*.yaml")
	slowest := time.Duration(0)
	for b.Loop() {
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			if _, err := scenario.Parse(name, text, programs()); err == nil {
				b.Fatalf("%s is right", name)
			}
			slowest = max(slowest, time.Since(start))
		}
	}
	b.ReportMetric(float64(slowest.Microseconds())/1000, "ms-slowest")
}
