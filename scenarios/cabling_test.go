package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"netsim/topology"
	"netsim/topology/topotest"
)

// Links are changed and told of alike over every driver.
//
//	alice, bob ── office 10.1.0.0/24 ── gw ── workshop 10.2.0.0/24 ── carol
func TestLinksOverEveryDriver(t *testing.T) {
	overDrivers(t, func(t *testing.T, d topology.Driver) {
		plan, err := topology.Resolve(topotest.Routed())
		if err != nil {
			t.Fatal(err)
		}
		for i := range plan.Nodes { // alice's link is wired by the plan, others are when they are set
			if n := &plan.Nodes[i]; n.Name == "alice" {
				n.Interfaces[0].Link, n.Interfaces[0].Wired = topology.Both(topology.Impairment{Delay: 30 * time.Millisecond}), true
			}
		}
		world, err := d.Up(t.Context(), topology.Run{ID: "links-" + d.Name(), Plan: plan, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := world.Close(); err != nil {
				t.Error(err)
			}
		})
		w := outlet{t, world}
		w.planned()
		w.dropped()
		w.survives()
	})
}

func (w outlet) set(node, network string, l topology.Link) {
	w.Helper()
	if err := w.world.(topology.Cabled).SetLink(w.Context(), node, network, l); err != nil {
		w.Fatalf("%s.%s: %v", node, network, err)
	}
}

func (w outlet) links(node string) []topology.LinkState {
	w.Helper()
	links, err := w.world.(topology.Cabled).Links(w.Context(), node)
	if err != nil {
		w.Fatal(err)
	}
	return links
}

// planned has what the plan says, and nodes that it does not speak of.
func (w outlet) planned() {
	for node, want := range map[string]string{
		"alice": "office: delay 30ms", "bob": "office: perfect", "gw": "office: perfect, workshop: perfect",
	} {
		var got []string
		for _, l := range w.links(node) {
			got = append(got, l.Network+": "+l.Link.String())
		}
		if text := strings.Join(got, ", "); text != want {
			w.Errorf("%s has %s, want %s", node, text, want)
		}
	}
	if got := w.say("alice", "ping", "bob", "--count", "1"); !strings.Contains(got, `"rtt":0.06`) {
		w.Errorf("30 ms each way are not %s", got)
	}
	err := w.world.(topology.Cabled).SetLink(w.Context(), "bob", "workshop", topology.Link{})
	if err == nil || err.Error() != "bob is not on network workshop" {
		w.Error(err)
	}
}

// dropped has a link that nobody has wired before lose packets by number, and tell of it once.
func (w outlet) dropped() {
	w.set("bob", "office", topology.Link{In: topology.Impairment{Drop: topology.Drop{Numbers: []uint64{2, 4}}}})
	if got := w.say("gw", "ping", "bob", "--count", "5"); !strings.Contains(got, `"received":3`) {
		w.Errorf("2 of 5 are dropped: %s", got)
	}
	faults, err := w.world.(topology.Cabled).Faults(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	var told []topology.Fault
	for _, f := range faults {
		if f.Cause == topology.Dropped && f.Flow.Protocol == "icmp echo" {
			told = append(told, f)
		}
	}
	if len(told) != 1 || told[0].Link() != "bob.office" || told[0].Direction != topology.In || topology.Numbers(told[0].Packets) != "2, 4" {
		w.Errorf("what was dropped is told as %+v", faults)
	}
	if again, err := w.world.(topology.Cabled).Faults(w.Context()); len(again) > 0 || err != nil {
		w.Errorf("told twice: %+v %v", again, err)
	}
}

// survives has wires keep their settings over a kill and a restart; one that is laid on a node that is off leaves
// it silent.
func (w outlet) survives() {
	w.turn("alice", topology.PowerKill)
	w.turn("carol", topology.PowerKill)
	w.set("carol", "workshop", topology.Both(topology.Impairment{Delay: 30 * time.Millisecond}))
	for _, node := range []string{"alice", "carol"} {
		if got := w.say("bob", "ping", node, "--count", "1"); !strings.Contains(got, `"received":0`) {
			w.Errorf("%s is off and answers: %s", node, got)
		}
	}
	for _, node := range []string{"alice", "carol"} {
		w.turn(node, topology.PowerRestart)
		w.set("bob", "office", topology.Link{})
		if got := w.say("bob", "ping", node, "--count", "1"); !strings.Contains(got, `"rtt":0.06`) {
			w.Errorf("%s is back, 30 ms away: %s", node, got)
		}
	}
}

// `netsim link` shows and changes the links of a kept network, also of one whose owner is another process.
func TestLinkCommandOverEveryDriver(t *testing.T) {
	aloneOverDrivers(t, func(t *testing.T, d topology.Driver) {
		c := newCommand(t)
		run := ownName("links", d)
		file := c.write("links.yaml", `name: `+run+`
networks: { office: 10.64.0.0/24, lab: 10.65.0.0/24 }
routers: { gw: [office, lab] }
hosts: { alice: office, bob: lab }
steps: [ partition: [alice, bob] ]
`)
		c.expect([]string{"up", "--keep", "--driver", d.Name(), file}, 0, "the network stays up")
		t.Cleanup(func() { c.run("down", run) })
		link := func(args ...string) []string { return append([]string{"link", "--run", run}, args...) }
		c.expect(link("alice"), 0, "partitioned")
		c.expect([]string{"exec", "--run", run, "alice", "--", "ping", "bob", "--count", "1"}, 1, `"received":0`)
		c.expect(link("alice", "--heal"), 0, "alice.office   out         perfect", "in          perfect")
		c.expect(link("bob"), 0, "in          partitioned")
		c.expect(link("--heal"), 0, "gw.office", "bob.lab", "in          perfect")
		c.expect([]string{"exec", "--run", run, "alice", "--", "ping", "bob", "--count", "1"}, 0, `"received":1`)
		c.expect(link(), 0, "gw.office", "gw.lab", "alice.office", "bob.lab", "perfect")
		c.expect(link("gw"), 0, "gw.office", "gw.lab")
		c.expect(link("gw", "--loss", "10%"), 2, "link: gw is on several networks: say which\n  gw.office, gw.lab")
		c.expect(link("gw.labb", "--loss", "10%"), 2, "did you mean gw.lab?")
		c.expect(link("carol"), 2, `there is no node "carol"`)
		c.expect(link("alice", "--drop", "1", "--direction", "out"), 0, "alice.office   out         drop packets 1")
		c.expect([]string{"exec", "--run", run, "alice", "--", "ping", "bob", "--count", "2"}, 0, `"received":1`)
		c.expect(link("alice"), 0, "dropped")
		c.expect(link("alice", "--delay", "20ms", "--direction", "in"), 0, "drop packets 1", "delay 20ms")
		c.expect(link("alice", "--down"), 0, "down; delay 20ms")
		c.expect([]string{"exec", "--run", run, "alice", "--", "ping", "bob", "--count", "1"}, 1, `"received":0`)
		c.expect(link("alice", "--up"), 0, "delay 20ms")
		c.expect(link("alice", "--perfect"), 0, "perfect")
		c.expect(link("alice", "--json"), 0, `"network": "office"`)
		c.expect([]string{"exec", "--run", run, "alice", "--", "ping", "bob", "--count", "1"}, 0, `"received":1`)
		c.expect([]string{"down", run}, 0, run, " is down")
	})
}
