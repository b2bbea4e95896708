package scenario_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"netsim/scenarios/scenario"
	"netsim/topology"
	"netsim/topology/topotest"
)

// slow has a link that is slow, but loses nothing.
//
//	alice ──office── gw ──workshop── carol (300ms, 1mbit)
//	bob ─────┘
const slow = `name: x
networks: { office: 10.1.0.0/24, workshop: 10.2.0.0/24 }
routers: { gw: [office, workshop] }
hosts: { alice: office, bob: office, carol: { networks: workshop, link: { delay: 300ms, rate: 1mbit } } }
`

func slowScripts() scripts {
	return scripts{
		"alice: ping carol": {fail("timeout")}, "carol: ping alice": {fail("timeout")}, "alice: ping bob": {fail("timeout")},
		"alice: ping carol --ttl 1": {fail("ttl exceeded")}, "alice: ping 10.1.0.255": {fail("timeout")}, "alice: ls": {{Exit: 1}},
	}
}

// TestLinksOfStep tells what links on the way are set to when a step ends, in order of the way.
func TestLinksOfStep(t *testing.T) {
	const carol = "link carol.workshop: delay 300ms, rate 1mbit"
	for _, x := range []struct{ name, steps, fails, want string }{
		{"of the plan", "", "on: alice, run: ping carol", carol},
		{"the other way", "", "on: carol, run: ping alice", carol},
		{"an expectation", "", "on: alice, run: ping carol, expect: received == 5", carol},
		{"of others", "", "on: alice, run: ping bob", ""},
		{"set by steps", "  - { link: gw.office, set: { delay: 5ms } }\n  - { link: carol, set: { out: { delay: 1ms } } }\n", "on: alice, run: ping carol",
			"link gw.office: delay 5ms|link carol.workshop: out: delay 1ms; in: perfect"},
		{"in order of the way", "  - { link: gw.workshop, set: { delay: 3ms } }\n  - { link: alice, set: { delay: 1ms } }\n  - { link: gw.office, set: { delay: 2ms } }\n", "on: alice, run: ping carol",
			"link alice.office: delay 1ms|link gw.office: delay 2ms|link gw.workshop: delay 3ms|" + carol},
		{"perfect again", "  - { link: carol, set: perfect }\n", "on: alice, run: ping carol", ""},
		{"down is an outage", "  - { link: carol, set: down }\n", "on: alice, run: ping carol", "link carol.workshop is down since step 1"},
		{"up again", "  - { link: carol, set: down }\n  - { link: carol, set: up }\n", "on: alice, run: ping carol", carol},
		{"up to the TTL", "  - { link: alice, set: { delay: 1ms } }\n", "on: alice, run: ping carol --ttl 1", "link alice.office: delay 1ms"},
		{"nobody's address", "  - { link: alice, set: { delay: 1ms } }\n", "on: alice, run: ping 10.1.0.255", ""},
		{"a command that names nobody", "  - { link: alice, set: { delay: 1ms } }\n", "on: alice, exec: [ls]", ""},
		{"a partition beside", "  - { partition: [alice, carol] }\n", "on: alice, run: ping carol", carol},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := performOn(t, slow+"steps:\n"+x.steps+"  - { "+x.fails+" }\n  - { link: carol, set: { loss: 1% } }\n", &topotest.Driver{Scripts: slowScripts()})
			if got := strings.Join(blamed(s.verdicts[len(s.verdicts)-2]), "|"); got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// TestLinksNotSet takes no notice of a step that could not set its link.
func TestLinksNotSet(t *testing.T) {
	s := performOn(t, slow+"steps:\n  - { link: alice, set: { delay: 1s } }\n  - { on: alice, run: ping bob }\n", &topotest.Driver{
		Scripts: slowScripts(), Broken: topotest.Broken{Refuses: map[string]error{"alice.office": os.ErrPermission}},
	})
	if got := blamed(s.verdicts[1]); s.outcomes() != "failed failed" || got != nil {
		t.Errorf("%s, %q", s.outcomes(), got)
	}
}

// TestLinksBesideFaults leaves settings out where packets are named.
func TestLinksBesideFaults(t *testing.T) {
	s := performOn(t, lossy+"steps:\n  - { on: alice, run: ping bob }\n  - { on: alice, run: ping bob }\n", failing([]topology.Fault{fault(topology.Lost, toBob, 7)}))
	for i, want := range []string{"link bob.office (in) lost packet 7 of udp alice:40001 -> bob:7", "link bob.office: loss 10%"} {
		if got := blamed(s.verdicts[i]); !slices.Equal(got, []string{want}) {
			t.Errorf("step %d: %q, want %q", i+1, got, want)
		}
	}
}

// TestLinksWithoutRoute blames no link where there is no route: by the plan, or as was found.
func TestLinksWithoutRoute(t *testing.T) {
	const island = `name: x
networks: { office: 10.1.0.0/24, island: 10.9.0.0/24 }
hosts: { alice: { networks: office, link: { delay: 1s } }, bob: office, ida: island }
steps:
`
	s := performOn(t, island+"  - { on: alice, run: ping ida }\n  - { on: alice, run: ping bob, expect: error == \"\" }\n", &topotest.Driver{
		Scripts: scripts{"alice: ping ida": {fail("timeout")}, "alice: ping bob": {fail("network unreachable")}},
	})
	for i := range 2 {
		if got := blamed(s.verdicts[i]); got != nil {
			t.Errorf("step %d: %q", i+1, got)
		}
	}
}

// TestLinksAtMost tells of the first six; each of them once, also there and back by the same way.
func TestLinksAtMost(t *testing.T) {
	const long = `name: x
networks:
  a: { subnet: 10.1.0.0/24, link: { delay: 1ms } }
  b: { subnet: 10.2.0.0/24, link: { delay: 1ms } }
  c: { subnet: 10.3.0.0/24, link: { delay: 1ms } }
  d: { subnet: 10.4.0.0/24, link: { delay: 1ms } }
routers: { r1: [a, b], r2: [b, c], r3: [c, d] }
hosts: { alice: a, dave: d }
steps:
  - { on: alice, run: ping dave }
`
	s := performOn(t, long, &topotest.Driver{Scripts: scripts{"alice: ping dave": {fail("timeout")}}})
	want := "alice.a r1.a r1.b r2.b r2.c r3.c"
	if got := names(s.verdicts[0]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// names are the links that a failure speaks of.
func names(v scenario.Verdict) string {
	var all []string
	for _, line := range blamed(v) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "link "), ":")
		all = append(all, name)
	}
	return strings.Join(all, " ")
}
