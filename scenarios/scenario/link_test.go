package scenario_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netsim/scenarios/scenario"
	"netsim/topology"
	"netsim/topology/topotest"
)

// TestLinkForms reads every form of a link.
func TestLinkForms(t *testing.T) {
	file := parse(t, `name: x
networks: { office: { subnet: 10.1.0.0/24, link: { delay: 20ms, jitter: 5ms } }, workshop: 10.2.0.0/24 }
routers: { gw: { networks: [office, workshop], link: { rate: 10mbit, queue: 100 packets } } }
hosts:
  alice: office
  bob: { networks: { office: { address: 10.1.0.9, link: { loss: { rate: 2%, burst: 2.5 }, drop: [7, 3] } } }, link: { loss: 100% } }
  carol: { networks: workshop, link: { out: { loss: 0.1, drop: 10 of 100 } } }
  dave: { networks: office, link: { in: { duplicate: 1%, reorder: 50%, corrupt: 0.5% }, out: {} } }
  erin: { networks: office, link: {} }
`)
	want := map[string]topology.Link{
		"gw.office":      topology.Both(topology.Impairment{Rate: 10_000_000, Queue: 100}),
		"gw.workshop":    topology.Both(topology.Impairment{Rate: 10_000_000, Queue: 100}),
		"alice.office":   topology.Both(topology.Impairment{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond}),
		"bob.office":     topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 0.02, Burst: 2.5}, Drop: topology.Drop{Numbers: []uint64{3, 7}}}),
		"carol.workshop": {Out: topology.Impairment{Loss: topology.Loss{Rate: 0.1}, Drop: topology.Drop{Count: 10, Of: 100}}},
		"dave.office":    {In: topology.Impairment{Duplicate: 0.01, Reorder: 0.5, Corrupt: 0.005}},
		"erin.office":    {},
	}
	got := map[string]topology.Link{}
	for _, n := range file.Plan.Nodes {
		for _, x := range n.Interfaces {
			got[n.Name+"."+x.Segment] = x.Link
			if x.Wired != (n.Name != "erin") {
				t.Errorf("%s: wired %v", n.Name, x.Wired)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if a := file.Plan.Node("bob").Interfaces[0].Address.Addr(); a != netip.MustParseAddr("10.1.0.9") {
		t.Errorf("bob has %s", a)
	}
}

// TestWires lays wires where steps change links, and nowhere else.
func TestWires(t *testing.T) {
	for steps, want := range map[string]string{
		"  - { wait: 1ms }":                                       "",
		"  - { kill: bob }":                                       "",
		"  - { link: bob, set: down }":                            "bob.office",
		"  - { link: gw.workshop, set: { loss: 1% } }":            "gw.workshop",
		"  - parallel: [{ link: carol, set: up }, { wait: 1ms }]": "carol.workshop",
		"  - { partition: [gw, [alice]] }":                        "gw.office gw.workshop alice.office",
		"  - parallel: [{ partition: [bob, carol] }]":             "bob.office carol.workshop",
	} {
		var got []string
		for _, n := range parse(t, small+"steps:\n"+steps+"\n").Plan.Nodes {
			for _, x := range n.Interfaces {
				if x.Wired {
					got = append(got, n.Name+"."+x.Segment)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: wires %q, want %q", steps, got, want)
		}
	}
}

// lossy has a link that is not perfect from the beginning.
const lossy = `name: x
networks: { office: 10.1.0.0/24, workshop: 10.2.0.0/24 }
routers: { gw: [office, workshop] }
hosts: { alice: office, bob: { networks: office, link: { loss: 10% } }, carol: workshop }
`

// TestLinkVerbs is what the world is asked to do. Acts of one step are in any order: sorted here.
func TestLinkVerbs(t *testing.T) {
	for _, x := range []struct{ name, steps, want string }{
		{"up after down", `
  - { link: bob, set: down }
  - { link: bob.office, set: up }`, "link bob.office: down|link bob.office: loss 10%"},
		{"up restores the last setting", `
  - { link: bob, set: { delay: 20ms } }
  - { link: bob, set: down }
  - { link: bob, set: up }`, "link bob.office: delay 20ms|link bob.office: down|link bob.office: delay 20ms"},
		{"down twice", `
  - { link: bob, set: down }
  - { link: bob, set: down }
  - { link: bob, set: up }`, "link bob.office: down|link bob.office: down|link bob.office: loss 10%"},
		{"perfect clears", `
  - { link: bob, set: down }
  - { link: bob, set: perfect }
  - { link: bob, set: up }`, "link bob.office: down|link bob.office: perfect|link bob.office: perfect"},
		{"a setting brings it up", `
  - { link: gw.office, set: down }
  - { link: gw.office, set: { in: { drop: [2] } } }`, "link gw.office: down|link gw.office: out: perfect; in: drop packets 2"},
		{"a partition is for every link of a node", `
  - { partition: [[alice], [carol, gw]] }`, "link alice.office: partitioned|link carol.workshop: partitioned|link gw.office: partitioned|link gw.workshop: partitioned"},
		{"a partition and a setting leave each other alone", `
  - { partition: [[bob], [carol]] }
  - { link: bob, set: { delay: 20ms } }
  - { link: bob, set: perfect }
  - { link: bob, set: { loss: 5% } }
  - { heal: all }`, "link bob.office: loss 10%; partitioned|link carol.workshop: partitioned|link bob.office: delay 20ms; partitioned|" +
			"link bob.office: partitioned|link bob.office: loss 5%; partitioned|link bob.office: loss 5%|link carol.workshop: perfect"},
		{"a partition in place of another", `
  - { partition: [[alice], [carol]] }
  - { partition: [[alice], [bob]] }
  - { heal: all }`, "link alice.office: partitioned|link carol.workshop: partitioned|" +
			"link alice.office: partitioned|link bob.office: loss 10%; partitioned|link carol.workshop: perfect|" +
			"link alice.office: perfect|link bob.office: loss 10%"},
		{"nothing to heal", `
  - { heal: all }`, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := openOn(t, lossy+"steps:"+x.steps+"\n", &topotest.Driver{})
			var acts []string
			w := &sorter{world: s.world, acts: &acts}
			s.run(t, t.Context(), s.world, w)
			if got := strings.Join(acts, "|"); got != x.want || strings.Contains(s.outcomes(), "failed") {
				t.Errorf("%s\n got %s\nwant %s", s.got(), got, x.want)
			}
			judgedAgain(t, s)
		})
	}
}

// TestRefusals says who refuses whom, while a partition holds and after it.
func TestRefusals(t *testing.T) {
	s := performOn(t, small+"steps:\n  - { partition: [alice, bob] }\n  - { partition: [[alice, gw], carol] }\n", &topotest.Driver{})
	for node, want := range map[string]string{
		"alice": "10.2.0.2", "gw": "10.2.0.2", "bob": "", "carol": "10.1.0.1 10.1.0.2 10.2.0.1",
	} {
		links, err := s.world.Links(t.Context(), node)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			var from []string
			for _, a := range l.Link.Refuse.From {
				from = append(from, a.String())
			}
			if got := strings.Join(from, " "); got != want {
				t.Errorf("%s.%s refuses %q, want %q", node, l.Network, got, want)
			}
		}
	}
}

// sorter is an observer that collects what a world was asked to do, sorted within each step.
type sorter struct {
	watcher
	world *topotest.World
	acts  *[]string
}

func (o *sorter) StepEnded(_ *scenario.Step, _ scenario.Verdict) {
	step := o.world.Acts()[len(*o.acts):]
	slices.Sort(step)
	*o.acts = append(*o.acts, step...)
}

// TestParallelLinks changes links side by side; every change is there in the end.
func TestParallelLinks(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "      - { link: client-%d, set: { delay: %dms } }\n", i+1, i+1)
	}
	s := performOn(t, "name: x\nnetworks: { office: 10.1.0.0/24 }\nhosts: { client: { networks: office, count: 20 }, bob: office }\nsteps:\n  - parallel:\n"+
		b.String()+"      - { partition: [[client-1, client-2, client-3], [bob]] }\n", &topotest.Driver{})
	for i := range 20 {
		links, err := s.world.Links(t.Context(), fmt.Sprintf("client-%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		l := links[0].Link
		if l.Out.Delay != time.Duration(i+1)*time.Millisecond || l.Refuse.IsZero() != (i >= 3) {
			t.Errorf("client-%d: %s", i+1, l)
		}
	}
}

// TestLinkFails tells why a link was not set, and heals what a partition has half made.
func TestLinkFails(t *testing.T) {
	s := performOn(t, small+`steps:
  - { link: bob, set: { delay: 20ms } }
  - { link: bob, set: up }
  - { partition: [alice, carol], timeout: 20ms }
  - { heal: all }
`, &topotest.Driver{Broken: topotest.Broken{
		Refuses: map[string]error{"bob.office": errors.New("no wire")},
		Slow:    map[string]<-chan struct{}{"carol.workshop": closedLater(t)},
	}})
	want := `1: want the link is set, got link bob.office: no wire
2: want the link is set, got link bob.office: no wire
3: want the partition holds, got link carol.workshop: 20ms have passed`
	if s.got() != want || s.outcomes() != "failed failed failed passed" {
		t.Errorf("%s\n%s", s.outcomes(), s.got())
	}
	acts := s.world.Acts()
	if got := acts[1]; got != "link bob.office: perfect" {
		t.Errorf("a setting that was refused is restored: %s", got)
	}
	healed := acts[len(acts)-2:]
	slices.Sort(healed)
	if !slices.Equal(healed, []string{"link alice.office: perfect", "link carol.workshop: perfect"}) {
		t.Errorf("healed %q", healed)
	}
}

// closedLater is closed when 100 ms have passed.
func closedLater(t *testing.T) <-chan struct{} {
	c := make(chan struct{})
	timer := time.AfterFunc(100*time.Millisecond, func() { close(c) })
	t.Cleanup(func() { timer.Stop() })
	return c
}

// bare is a world without powers over links and nodes.
type bare struct{ topology.World }

// TestDriverCannot fails the steps that a driver cannot do.
func TestDriverCannot(t *testing.T) {
	s := openOn(t, small+`steps:
  - { link: bob, set: down }
  - { partition: [alice, bob] }
  - { heal: all }
  - { kill: bob }
  - { restart: bob }
  - { pause: bob }
  - { resume: bob }
`, &topotest.Driver{})
	s.run(t, t.Context(), bare{s.world}, nil)
	want := `1: want the link is set, got this driver cannot change links
2: want the partition holds, got this driver cannot change links
3: want the partition ends, got this driver cannot change links
4: want bob is killed, got this driver cannot switch nodes off and on
5: want bob is back, got this driver cannot switch nodes off and on
6: want bob is paused, got this driver cannot switch nodes off and on
7: want bob goes on, got this driver cannot switch nodes off and on`
	if s.got() != want {
		t.Errorf("got\n%s\nwant\n%s", s.got(), want)
	}
	if acts := s.world.Acts(); len(acts) != 0 {
		t.Errorf("acts %q", acts)
	}
}
