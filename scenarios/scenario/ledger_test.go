package scenario_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"netsim/scenarios/scenario"
	"netsim/topology"
	"netsim/topology/topotest"
)

// fault is what bob's link did to packets of a flow.
func fault(cause topology.Cause, flow topology.Flow, packets ...uint64) topology.Fault {
	return topology.Fault{Node: "bob", Network: "office", Direction: topology.In, Cause: cause, Flow: flow, Packets: packets}
}

func flow(from, to string) topology.Flow {
	return topology.Flow{Protocol: "udp", From: netip.MustParseAddrPort(from), To: netip.MustParseAddrPort(to)}
}

var (
	toBob   = flow("10.1.0.2:40001", "10.1.0.3:7")
	toCarol = flow("10.1.0.1:40001", "10.2.0.2:7")
	stray   = flow("[fe80::42:acff:fe11:1]:0", "[ff02::2]:0") // of the machine itself
	toAll   = flow("10.2.0.2:9", "224.0.0.1:9")
)

// failing is a step that fails on a network with wires.
func failing(faults ...[]topology.Fault) *topotest.Driver {
	return &topotest.Driver{
		Scripts: scripts{"alice: ping bob": {fail("timeout")}, "bob: chat join alice": {server(`{"event":"result"}`)}},
		Broken:  topotest.Broken{Faults: faults},
	}
}

// blamed are the lines of a failure that speak of links.
func blamed(v scenario.Verdict) []string {
	var all []string
	for _, line := range v.Failures[0].Why {
		if strings.HasPrefix(line, "link ") || strings.HasPrefix(line, "and ") {
			all = append(all, line)
		}
	}
	return all
}

// TestFaultWords is what a failure says of each cause.
func TestFaultWords(t *testing.T) {
	many := make([]uint64, 200)
	for i := range many {
		many[i] = uint64(2*i + 1)
	}
	uncounted := fault(topology.Lost, toBob, 1, 2, 3)
	uncounted.More = 9
	unnumbered := fault(topology.LinkDown, toBob)
	unnumbered.More = 5
	for _, x := range []struct {
		fault topology.Fault
		want  string
	}{
		{fault(topology.Lost, toBob, 12, 40), "link bob.office (in) lost packets 12, 40 of udp alice:40001 -> bob:7"},
		{fault(topology.Dropped, toBob, 3), "link bob.office (in) dropped packet 3 of udp alice:40001 -> bob:7"},
		{fault(topology.QueueFull, toBob, 30, 31, 32), "link bob.office (in): a full queue dropped packets 30-32 of udp alice:40001 -> bob:7"},
		{fault(topology.Corrupted, toBob, 1, 2), "link bob.office (in) corrupted packets 1, 2 of udp alice:40001 -> bob:7"},
		{fault(topology.Duplicated, toBob, 1, 2), "link bob.office (in) duplicated packets 1, 2 of udp alice:40001 -> bob:7"},
		{fault(topology.Reordered, toBob, 1, 2), "link bob.office (in) reordered packets 1, 2 of udp alice:40001 -> bob:7"},
		{fault(topology.LinkDown, toBob, 1, 2), "link bob.office (in) was down for packets 1, 2 of udp alice:40001 -> bob:7"},
		{fault(topology.Partition, toBob, 1, 2), "link bob.office (in): a partition kept back packets 1, 2 of udp alice:40001 -> bob:7"},
		{fault(topology.Overrun, toBob, 8, 9), "link bob.office (in): this machine was too slow for packets 8, 9 of udp alice:40001 -> bob:7: the run is not exact"},
		{fault(topology.Lost, toAll, 4), "link bob.office (in) lost packet 4 of udp carol:9 -> 224.0.0.1:9"},
		{fault(topology.Lost, toBob, many...), "link bob.office (in) lost packets 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, … and 190 more of udp alice:40001 -> bob:7"},
		{uncounted, "link bob.office (in) lost packets 1-3, … and 9 more of udp alice:40001 -> bob:7"},
		{unnumbered, "link bob.office (in) was down for 5 packets of udp alice:40001 -> bob:7"},
	} {
		s := performOn(t, lossy+"steps:\n  - { on: alice, run: ping bob }\n", failing([]topology.Fault{x.fault}))
		if got := blamed(s.verdicts[0]); !slices.Equal(got, []string{x.want}) {
			t.Errorf("got %q, want %q", got, x.want)
		}
	}
}

// TestFaultsOfStep blames what happened while the step went on, or its program.
func TestFaultsOfStep(t *testing.T) {
	s := performOn(t, lossy+`steps:
  - { on: alice, run: ping bob }
  - { start: c, on: bob, run: chat join alice }
  - { on: alice, run: ping bob, level: warning }
  - { await: c, event: event == "never", within: 5ms }
  - { on: alice, exec: [ping, bob] }
`, failing(
		[]topology.Fault{fault(topology.Lost, toBob, 1)}, nil, []topology.Fault{fault(topology.Lost, toBob, 3)}, []topology.Fault{fault(topology.Lost, toBob, 4)},
	))
	for i, want := range map[int]string{0: "packet 1", 2: "packet 3", 3: "packets 3, 4"} {
		if got := blamed(s.verdicts[i]); len(got) != 1 || !strings.Contains(got[0], want+" of") {
			t.Errorf("step %d: %q, want %s", i+1, got, want)
		}
	}
	if got := blamed(s.verdicts[4]); got != nil {
		t.Errorf("step 5: %q", got)
	}
}

// TestFaultsOfRetry blames what happened in the last attempt.
func TestFaultsOfRetry(t *testing.T) {
	s := performOn(t, lossy+"steps:\n  - { on: alice, run: ping bob, retry: 150ms }\n",
		failing([]topology.Fault{fault(topology.Lost, toBob, 1)}, []topology.Fault{fault(topology.Lost, toBob, 2)}))
	if got := blamed(s.verdicts[0]); s.verdicts[0].Attempts != 2 || len(got) != 1 || !strings.Contains(got[0], "packet 2 of") {
		t.Errorf("%d attempts, %q", s.verdicts[0].Attempts, got)
	}
}

// TestFaultsThatMatter leaves out flows of others, and most of very many.
func TestFaultsThatMatter(t *testing.T) {
	var many []topology.Fault
	for i := range 8 {
		f := toBob
		f.From = netip.AddrPortFrom(f.From.Addr(), uint16(50_000+i))
		many = append(many, fault(topology.Lost, f, []uint64{1, 2, 3, 4, 5, 6, 7, 8}[:i+1]...))
	}
	for _, x := range []struct {
		name   string
		faults []topology.Fault
		want   string // parts of the lines
	}{
		{"of others", []topology.Fault{fault(topology.Lost, toCarol, 1), fault(topology.Lost, toBob, 2), fault(topology.Lost, toAll, 3)}, "packet 2|packet 3"},
		{"of others alone", []topology.Fault{fault(topology.Lost, toCarol, 1)}, "packet 1"},
		{"of no node", []topology.Fault{fault(topology.Lost, stray, 1), fault(topology.Lost, flow("10.1.0.99:9", "10.1.0.3:7"), 2), fault(topology.Lost, toBob, 3)}, "packet 3"},
		{"of no node alone", []topology.Fault{fault(topology.Lost, stray, 1)}, "link bob.office: loss 10%"},
		{"of no node, of others", []topology.Fault{fault(topology.Lost, stray, 1), fault(topology.Lost, toCarol, 2)}, "packet 2"},
		{"without an address", []topology.Fault{fault(topology.Lost, topology.Flow{Protocol: "ether 88cc"}, 1)}, "packet 1 of ether 88cc"},
		{"joined", []topology.Fault{fault(topology.Lost, toBob, 1), fault(topology.Dropped, toBob, 5), fault(topology.Lost, toBob, 2)}, "lost packets 1, 2|dropped packet 5"},
		{"many", many, "packets 1-8|packets 1-7|packets 1-6|packets 1-5|packets 1-4|packets 1-3|and 2 more flows"},
		{"one too many", many[:7], "packets 1-7|packets 1-6|packets 1-5|packets 1-4|packets 1-3|packets 1, 2|and 1 more flow"},
	} {
		s := performOn(t, lossy+"steps:\n  - { on: alice, run: ping bob }\n", failing(x.faults))
		got, want := blamed(s.verdicts[0]), strings.Split(x.want, "|")
		if len(got) != len(want) || slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(got[slices.Index(want, w)], w) }) {
			t.Errorf("%s: %q, want %q", x.name, got, want)
		}
	}
}

// TestFaultsOfNoNode hide nothing, also where they alone are of the wanted cause.
func TestFaultsOfNoNode(t *testing.T) {
	s := performOn(t, lossy+"steps:\n  - { on: alice, run: ping bob, expect: received == 5 }\n",
		failing([]topology.Fault{fault(topology.Lost, stray, 1), fault(topology.Duplicated, toBob, 2)}))
	if got := blamed(s.verdicts[0]); len(got) != 1 || !strings.Contains(got[0], "duplicated packet 2") {
		t.Errorf("%q", got)
	}
}

// TestNoWires also tells what links did that somebody has set by hand; that a world cannot say is told only
// where the scenario has wires.
func TestNoWires(t *testing.T) {
	s := performOn(t, small+"steps:\n  - { on: alice, run: ping bob }\n", failing([]topology.Fault{fault(topology.Lost, toBob, 1)}))
	if got := blamed(s.verdicts[0]); len(got) != 1 || !strings.Contains(got[0], "lost packet 1 of udp") {
		t.Errorf("%q", got)
	}
	s = performOn(t, small+"steps:\n  - { wait: 1ms }\n", &topotest.Driver{Broken: topotest.Broken{FaultsError: errors.New("bob does not answer")}})
	if len(scenario.Faults(s.records)) > 0 || slices.ContainsFunc(s.records, func(r scenario.Record) bool { return r.Kind == scenario.KindLink }) {
		t.Errorf("%+v", s.records)
	}
}

// TestNotCabled asks nothing of a world that has no links to change.
func TestNotCabled(t *testing.T) {
	s := openOn(t, lossy+"steps:\n  - { wait: 1ms }\n", failing([]topology.Fault{fault(topology.Lost, toBob, 1)}))
	s.run(t, t.Context(), struct{ topology.World }{s.world}, nil)
	if got := scenario.Faults(s.records); s.outcomes() != "passed" || got != nil {
		t.Errorf("%s, %v", s.outcomes(), got)
	}
}

// TestFaultsUnknown fails no step.
func TestFaultsUnknown(t *testing.T) {
	s := performOn(t, lossy+"steps:\n  - { wait: 1ms }\n", &topotest.Driver{Broken: topotest.Broken{FaultsError: errors.New("bob does not answer")}})
	if s.outcomes() != "passed" {
		t.Error(s.got())
	}
	if r := s.records[1]; r.Kind != scenario.KindLink || r.Problem != "it is not known what links did to packets: bob does not answer" {
		t.Errorf("%+v", r)
	}
}

// TestInexact notes that the machine was too slow, also where it tells so only in the end.
func TestInexact(t *testing.T) {
	more := fault(topology.Overrun, toCarol, 1)
	more.More = 9
	s := performOn(t, lossy+"steps:\n  - { wait: 1ms }\n", failing([]topology.Fault{fault(topology.Overrun, toBob, 1, 2), fault(topology.Lost, toBob, 7)}, []topology.Fault{more}))
	want := []string{"not exact: this machine was too slow for 12 packets on link bob.office"}
	if got := scenario.Inexact(s.records); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.outcomes() != "passed" || len(scenario.Faults(s.records)) != 3 {
		t.Errorf("%s, %v", s.outcomes(), scenario.Faults(s.records))
	}
	s = performOn(t, lossy+"steps:\n  - { wait: 1ms }\n", failing([]topology.Fault{fault(topology.Lost, toBob, 7)}))
	if got := scenario.Inexact(s.records); got != nil {
		t.Errorf("an exact run: %q", got)
	}
}

// TestOutages says what earlier steps have broken on the way, as long as it is broken.
func TestOutages(t *testing.T) {
	for _, x := range []struct{ name, steps, want string }{
		{"killed", "  - { kill: bob }\n", "bob was killed by step 1"},
		{"back", "  - { kill: bob }\n  - { restart: bob }\n", ""},
		{"paused", "  - { pause: bob }\n", "bob is paused since step 1"},
		{"resumed", "  - { pause: bob }\n  - { resume: bob }\n", ""},
		{"paused, then killed", "  - { pause: bob }\n  - { kill: bob }\n", "bob was killed by step 2"},
		{"a link is down", "  - { wait: 1ms }\n  - { link: bob, set: down }\n  - { link: bob, set: down }\n", "link bob.office is down since step 2"},
		{"a link is up", "  - { link: bob, set: down }\n  - { link: bob, set: { loss: 1% } }\n", "link bob.office: loss 1%"},
		{"a partition", "  - { partition: [[alice, gw], bob] }\n", "a partition holds since step 1: alice, gw | bob"},
		{"of others", "  - { partition: [[alice, bob], carol] }\n", ""},
		{"healed", "  - { partition: [alice, bob] }\n  - { heal: all }\n", ""},
		{"somebody else", "  - { kill: carol }\n", ""},
		{"in parallel", "  - parallel: [{ kill: bob }]\n", "bob was killed by step 1.1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := performOn(t, small+"steps:\n"+x.steps+"  - { on: alice, run: ping bob }\n  - { restart: bob }\n", failing())
			var got []string
			for _, line := range s.verdicts[len(s.verdicts)-2].Failures[0].Why {
				if !strings.Contains(line, "->") && !strings.HasPrefix(line, "stderr") {
					got = append(got, line)
				}
			}
			if strings.Join(got, "|") != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
	s := performOn(t, small+"steps:\n  - { link: gw.workshop, set: down }\n  - { on: alice, run: ping carol }\n", &topotest.Driver{Scripts: scripts{"alice: ping carol": {fail("timeout")}}})
	if why := s.verdicts[1].Failures[0].Why; !slices.Contains(why, "link gw.workshop is down since step 1") {
		t.Errorf("on the way: %q", why)
	}
}
