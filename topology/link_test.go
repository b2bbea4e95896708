package topology_test

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netsim/topology"
	"netsim/topology/topotest"
)

// full has every field.
var full = topology.Impairment{
	Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond,
	Loss: topology.Loss{Rate: 0.02, Burst: 5}, Drop: topology.Drop{Numbers: []uint64{3, 7, 8, 9}},
	Duplicate: 0.01, Reorder: 0.005, Corrupt: 0.07, Rate: 10e6, Queue: 100,
}

func TestImpairmentsInWords(t *testing.T) {
	for want, i := range map[string]topology.Impairment{
		"perfect":    {},
		"delay 20ms": {Delay: 20 * time.Millisecond},
		"delay 20ms, jitter 5ms, loss 2% in bursts of 5, drop packets 3, 7-9, duplicate 1%, reorder 0.5%, corrupt 7%, rate 10mbit, queue 100": full,
		"loss 10%":       {Loss: topology.Loss{Rate: 0.1, Burst: 1}},
		"loss 0.01%":     {Loss: topology.Loss{Rate: 0.0001}},
		"drop 10 of 100": {Drop: topology.Drop{Count: 10, Of: 100}},
		"rate 1gbit":     {Rate: 1e9},
		"rate 1.5mbit":   {Rate: 1.5e6},
		"rate 64kbit":    {Rate: 64000},
		"rate 999bit":    {Rate: 999},
	} {
		if got := i.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestLinksInWords(t *testing.T) {
	late := topology.Impairment{Delay: 20 * time.Millisecond}
	refuse := topology.Refusal{From: []netip.Addr{netip.MustParseAddr("10.1.0.2")}}
	for _, x := range []struct {
		link topology.Link
		want string
	}{
		{topology.Link{}, "perfect"},
		{topology.Both(late), "delay 20ms"},
		{topology.Link{In: late}, "out: perfect; in: delay 20ms"},
		{topology.Link{Out: late, In: topology.Impairment{Rate: 1e6}}, "out: delay 20ms; in: rate 1mbit"},
		{topology.Link{Out: late, In: late, Down: true}, "down"},
		{topology.Link{Refuse: refuse}, "partitioned"},
		{topology.Link{Out: late, In: late, Refuse: refuse}, "delay 20ms; partitioned"},
	} {
		if got := x.link.String(); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
		if x.link.IsPerfect() != (x.want == "perfect") {
			t.Errorf("%s: perfect: %t", x.want, x.link.IsPerfect())
		}
	}
}

func TestWrongImpairments(t *testing.T) {
	loss := func(rate, burst float64) topology.Impairment {
		return topology.Impairment{Loss: topology.Loss{Rate: rate, Burst: burst}}
	}
	drop := func(d topology.Drop) topology.Impairment { return topology.Impairment{Drop: d} }
	const (
		delays = "from 0 to 10m0s"
		around = "it goes both ways around the delay, so it is at most the delay"
		ratio  = "from 0% to 100%"
		mean   = "a mean length in packets, from 1 to 10000"
		blocks = "`10 of 100`: at most as many as there are, of at most 65536"
	)
	for _, x := range []struct {
		i    topology.Impairment
		want string // field: message | hint
	}{
		{topology.Impairment{Delay: -time.Second}, "delay: -1s is out of range | " + delays},
		{topology.Impairment{Delay: topology.MaxDelay + 1}, "delay: 10m0.000000001s is out of range | " + delays},
		{topology.Impairment{Delay: 5, Jitter: -1}, "jitter: -1ns around a delay of 5ns | " + around},
		{topology.Impairment{Jitter: time.Second}, "jitter: 1s around a delay of 0s | " + around},
		{loss(-0.1, 0), "loss: -10% is out of range | " + ratio},
		{loss(1.01, 0), "loss: 101% is out of range | " + ratio},
		{loss(math.NaN(), 0), "loss: NaN% is out of range | " + ratio},
		{loss(0.1, 0.5), "loss: burst 0.5 is out of range | " + mean},
		{loss(0.1, -1), "loss: burst -1 is out of range | " + mean},
		{loss(0.1, 10_001), "loss: burst 10001 is out of range | " + mean},
		{loss(0.1, math.NaN()), "loss: burst NaN is out of range | " + mean},
		{loss(0.9, 4), "loss: 90% is more than bursts of 4 can make | between two bursts at least one packet passes: at most 80%, or longer bursts"},
		{drop(topology.Drop{Count: 11, Of: 10}), "drop: 11 of 10 | " + blocks},
		{drop(topology.Drop{Count: -1, Of: 10}), "drop: -1 of 10 | " + blocks},
		{drop(topology.Drop{Count: 1}), "drop: 1 of 0 | " + blocks},
		{drop(topology.Drop{Count: 1, Of: 65_537}), "drop: 1 of 65537 | " + blocks},
		{drop(topology.Drop{Numbers: make([]uint64, 10_001)}), "drop: 10001 numbers | at most 10000"},
		{drop(topology.Drop{Numbers: []uint64{0, 1}}), "drop: there is no packet 0 | packets are counted from 1: [3, 7]"},
		{drop(topology.Drop{Numbers: []uint64{7, 3}}), "drop: the numbers are not in order | ascending: [3, 7]"},
		{topology.Impairment{Duplicate: 2}, "duplicate: 200% is out of range | " + ratio},
		{topology.Impairment{Reorder: 0.51}, "reorder: 51% is out of range | from 0% to 50%"},
		{topology.Impairment{Corrupt: -1}, "corrupt: -100% is out of range | " + ratio},
		{topology.Impairment{Rate: 999}, "rate: 999 bit/s is out of range | at least 1kbit"},
		{topology.Impairment{Rate: -1}, "rate: -1 bit/s is out of range | at least 1kbit"},
		{topology.Impairment{Rate: 1000, Queue: -1}, "queue: -1 is out of range | packets, from 1 to 1000000"},
		{topology.Impairment{Rate: 1000, Queue: 1_000_001}, "queue: 1000001 is out of range | packets, from 1 to 1000000"},
		{topology.Impairment{Queue: 5}, "queue: there is no rate, so nothing waits | add rate: 10mbit"},
	} {
		field, message, hint := x.i.Wrong()
		if got := message + " | " + hint; got != x.want || !strings.HasPrefix(x.want, field+": ") {
			t.Errorf("%s\n%s, want\n%s", field, got, x.want)
		}
	}
}

func TestRightImpairments(t *testing.T) {
	for _, i := range []topology.Impairment{
		{}, full,
		{Delay: topology.MaxDelay, Jitter: topology.MaxDelay},
		{Loss: topology.Loss{Rate: 1}, Duplicate: 1, Reorder: 0.5, Corrupt: 1},
		{Loss: topology.Loss{Rate: 0.8, Burst: 4}},
		{Drop: topology.Drop{Count: topology.MaxBlock, Of: topology.MaxBlock}},
		{Rate: topology.MinRate, Queue: topology.MaxQueue},
	} {
		if field, message, hint := i.Wrong(); field+message+hint != "" {
			t.Errorf("%s: %s: %s: %s", i, field, message, hint)
		}
	}
}

func TestImpairmentsAreEqual(t *testing.T) {
	same := full
	same.Drop.Numbers = []uint64{3, 7, 8, 9}
	if !full.Equal(same) {
		t.Error("not equal to itself")
	}
	for name, change := range map[string]func(*topology.Impairment){
		"delay":     func(i *topology.Impairment) { i.Delay++ },
		"jitter":    func(i *topology.Impairment) { i.Jitter++ },
		"loss":      func(i *topology.Impairment) { i.Loss.Rate = 0.5 },
		"burst":     func(i *topology.Impairment) { i.Loss.Burst = 2 },
		"numbers":   func(i *topology.Impairment) { i.Drop.Numbers = []uint64{3, 7, 8} },
		"count":     func(i *topology.Impairment) { i.Drop.Count = 1 },
		"of":        func(i *topology.Impairment) { i.Drop.Of = 1 },
		"duplicate": func(i *topology.Impairment) { i.Duplicate = 0.5 },
		"reorder":   func(i *topology.Impairment) { i.Reorder = 0.4 },
		"corrupt":   func(i *topology.Impairment) { i.Corrupt = 0.5 },
		"rate":      func(i *topology.Impairment) { i.Rate++ },
		"queue":     func(i *topology.Impairment) { i.Queue++ },
	} {
		other := full
		if change(&other); full.Equal(other) || other.Equal(full) {
			t.Errorf("equal in spite of another %s", name)
		}
	}
}

func TestLinksSurviveJSON(t *testing.T) {
	a := netip.MustParseAddr
	for text, link := range map[string]topology.Link{
		`{}`: {},
		`{"in":{"delay":20000000,"loss":{"rate":0.1}}}`: {In: topology.Impairment{Delay: 20 * time.Millisecond, Loss: topology.Loss{Rate: 0.1}}},
		`{"down":true}`: {Down: true},
		`{"out":{"delay":20000000,"jitter":5000000,"loss":{"rate":0.02,"burst":5},"drop":{"numbers":[3,7,8,9]},"duplicate":0.01,"reorder":0.005,"corrupt":0.07,"rate":10000000,"queue":100}}`: {Out: full},
		`{"in":{"drop":{"count":10,"of":100}},"refuse":{"from":["10.1.0.2"],"to":["10.1.0.1","10.1.0.255"]}}`: {
			In:     topology.Impairment{Drop: topology.Drop{Count: 10, Of: 100}},
			Refuse: topology.Refusal{From: []netip.Addr{a("10.1.0.2")}, To: []netip.Addr{a("10.1.0.1"), a("10.1.0.255")}},
		},
	} {
		got, err := json.Marshal(link)
		if err != nil || string(got) != text {
			t.Errorf("%s, %v, want\n%s", got, err, text)
		}
		var back topology.Link
		if err := json.Unmarshal(got, &back); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(link, back, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
}

// TestNearestLink: what is said at the attachment comes before what is said of the node, and that before
// what is said of the network; a perfect link is an answer, too.
//
//	alice, bob ── office ── gw ── workshop ── carol
func TestNearestLink(t *testing.T) {
	delay := func(d time.Duration) *topology.Link {
		l := topology.Both(topology.Impairment{Delay: d})
		return &l
	}
	for _, x := range []struct {
		name                      string
		attachment, node, network *topology.Link
		want                      time.Duration
		wired                     bool
	}{
		{"nothing", nil, nil, nil, 0, false},
		{"network", nil, nil, delay(1), 1, true},
		{"node", nil, delay(2), delay(1), 2, true},
		{"attachment", delay(3), delay(2), delay(1), 3, true},
		{"perfect attachment", delay(0), delay(2), delay(1), 0, false},
		{"perfect node", nil, delay(0), delay(1), 0, false},
	} {
		topo := topotest.Routed()
		topo.Networks[0].Link = x.network
		topo.Hosts[0].Link, topo.Hosts[0].Attachments[0].Link = x.node, x.attachment
		topo.Routers[0].Link, topo.Routers[0].Attachments[0].Link = x.node, x.attachment
		plan := resolve(t, topo)
		for _, name := range []string{"alice", "gw"} {
			i := plan.Node(name).Interfaces[0]
			if i.Link.Out.Delay != x.want || i.Link.In.Delay != x.want || i.Wired != x.wired {
				t.Errorf("%s: %s has %s, wired %t; want %s, %t", x.name, name, i.Link, i.Wired, x.want, x.wired)
			}
		}
		if carol := plan.Node("carol").Interfaces[0]; carol.Wired || !carol.Link.IsPerfect() {
			t.Errorf("%s: carol, on another network, has %s", x.name, carol.Link)
		}
	}
}

func TestOneWayLinksAreWired(t *testing.T) {
	for _, link := range []topology.Link{{In: topology.Impairment{Rate: 1e6}}, {Out: topology.Impairment{Rate: 1e6}}, {Down: true}} {
		topo := topotest.LAN()
		topo.Hosts[0].Link = &link
		if i := resolve(t, topo).Node("alice").Interfaces[0]; !i.Wired || i.Link.String() != link.String() {
			t.Errorf("%s: wired %t, %s", link, i.Wired, i.Link)
		}
	}
}

func TestWireIsLaidOnRequest(t *testing.T) {
	plan := resolve(t, topotest.Routed())
	plan.Wire("gw", "workshop")
	plan.Wire("gw", "nowhere")
	plan.Wire("nobody", "office")
	for _, n := range plan.Nodes {
		for _, i := range n.Interfaces {
			if want := n.Name == "gw" && i.Segment == "workshop"; i.Wired != want || !i.Link.IsPerfect() {
				t.Errorf("%s.%s: wired %t, %s", n.Name, i.Segment, i.Wired, i.Link)
			}
		}
	}
}

// TestLinkOfManyIsToldOnce: 50 hosts, one line in the file, one problem.
func TestLinkOfManyIsToldOnce(t *testing.T) {
	wrong := topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 2}})
	for where, spoil := range map[string]func(*topology.Topology){
		"hosts.alice.link.loss":                 func(t *topology.Topology) { t.Hosts[0].Link = &wrong },
		"hosts.alice.networks.office.link.loss": func(t *topology.Topology) { t.Hosts[0].Attachments[0].Link = &wrong },
		"networks.office.link.loss":             func(t *topology.Topology) { t.Networks[0].Link = &wrong },
	} {
		topo := topotest.Routed()
		topo.Hosts[0].Count = 50
		spoil(&topo)
		_, err := topology.Resolve(topo)
		if ps, _ := err.(topology.Problems); len(ps) != 1 || ps[0].Error() != where+": loss: 200% is out of range" {
			t.Errorf("%d problems, want one at %s:\n%v", len(ps), where, err)
		}
	}
}
