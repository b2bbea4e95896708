package scenarios_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"netsim/scenarios"
	"netsim/topology"
	"netsim/topology/topotest"
)

// impaired are the shipped scenarios about links that lose, delay and break.
var impaired = []string{
	"broadcast-per-receiver-loss", "bufferbloat", "cable-pulled", "chat-under-loss", "latency-and-window", "loss-exact", "split-and-heal", "udp-loses-tcp-does-not",
}

// perfected is a scenario whose links do nothing: what they and the steps set is taken out.
func perfected(text string) string {
	for _, x := range []struct{ what, by string }{
		{`(?m), link: .*\}$`, " }"},
		{`(?m)^    set: .*$`, "    set: perfect"},
		{`(?m)^    partition: .*$`, "    wait: 1ms"},
		{`(?m)^    heal: .*$`, "    wait: 1ms"},
	} {
		text = regexp.MustCompile(x.what).ReplaceAllString(text, x.by)
	}
	return text
}

// Each expectation of these scenarios is about what links do: without that, each fails.
func TestExpectationsFailWhenTheImpairmentIsTakenAway(t *testing.T) {
	for _, name := range impaired {
		t.Run(name, func(t *testing.T) {
			topotest.Require(t, "native")
			t.Parallel() // they wait most of the time
			text, ok := scenarios.Read(name)
			if !ok {
				t.Fatal("it is not shipped")
			}
			out := failing(t, perfected(string(text)))
			all := expectationsOf(t, text)
			for _, want := range all {
				if !strings.Contains(out, "want  "+want+"\n") {
					t.Errorf("%q holds without it:\n%s", want, out)
				}
			}
			if len(all) == 0 {
				t.Error("there are no expectations")
			}
		})
	}
}

// The README's lossy scenario loses the packets that the README says.
func TestReadmeSaysWhatIsLost(t *testing.T) {
	topotest.Require(t, "native")
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "```yaml\nname: lossy\n")
	text, rest, _ := strings.Cut(text, "```")
	said := regexp.MustCompile(`link bob.office \(in\) lost packets [0-9, ]+ of udp alice:`).FindString(rest)
	if out := failing(t, "name: lossy\n"+text); said == "" || !strings.Contains(out, said) {
		t.Errorf("the README says %q; the run:\n%s", said, out)
	}
}

// expectationsOf are the texts of a scenario's expectations.
func expectationsOf(t *testing.T, text []byte) []string {
	t.Helper()
	var file struct{ Steps []struct{ Expect any } }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range file.Steps {
		switch x := s.Expect.(type) {
		case string:
			all = append(all, x)
		case []any:
			for _, one := range x {
				all = append(all, one.(string))
			}
		}
	}
	return all
}

// lossy loses at random, in both directions, while somebody else uses the same link or nobody does.
//
//	alice ── lan ──10%── bob
//	carol ───┘
const lossy = `name: lossy
seed: SEED
networks: { lan: 10.1.0.0/24 }
hosts:
  alice: lan
  bob: { networks: lan, run: [probe serve], link: { loss: 10% } }
  carol: lan
steps:
  - parallel:
      - { on: alice, run: probe udp bob --count 200 --rate 500 --wait 300ms, expect: lost > 0 }
      OTHERS
`

const others = `- { on: carol, run: probe tcp bob --bytes 2MB, expect: bytes == 2MB }
      - { on: carol, run: probe udp bob --count 300 --rate 1000, expect: sent == 300 }
      - { on: alice, run: ping bob --count 20 --interval 10ms, expect: sent == 20 }`

// The same seed loses the same packets, in each of 20 runs with every driver, whatever else is on the
// link; another seed loses others.
func TestTheSameSeedLosesTheSamePackets(t *testing.T) {
	var first []int
	overDrivers(t, func(t *testing.T, d topology.Driver) {
		for round := range 20 {
			text := strings.Replace(lossy, "SEED", "3", 1)
			if round%2 == 1 {
				text = strings.Replace(text, "OTHERS", others, 1)
			}
			lost := lostBy(t, d, strings.Replace(text, "OTHERS", "", 1))
			if first == nil {
				first = lost
			}
			if !slices.Equal(lost, first) {
				t.Fatalf("round %d lost %v, the first one %v", round, lost, first)
			}
		}
		other := lostBy(t, d, strings.NewReplacer("SEED", "4", "OTHERS", "").Replace(lossy))
		if slices.Equal(other, first) {
			t.Errorf("another seed loses the same packets: %v", other)
		}
	})
}

// lostBy runs a scenario and returns what the first probe of its first step lost.
func lostBy(t *testing.T, d topology.Driver, text string) []int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lossy.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command(netsim, "up", "--driver", d.Name(), "--dir", dir, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var result struct {
		Lost []int `json:"lost_packets"`
	}
	stepResult(t, dir, "1.1", &result)
	return result.Lost
}

// stepResult reads the result of a step from the only run in a folder.
func stepResult(t *testing.T, dir, step string, result any) {
	t.Helper()
	for _, r := range recordsIn(t, dir) {
		if r.Step == step && r.Result != nil {
			if err := json.Unmarshal(r.Result, result); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("step %s has no result", step)
}
