package main

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netsim/topology"
)

// cables is a world of two nodes, with links that can be set.
type cables struct {
	topology.World
	links map[string][]topology.LinkState // by node
}

func (c *cables) Links(_ context.Context, node string) ([]topology.LinkState, error) {
	return c.links[node], nil
}

func (c *cables) SetLink(_ context.Context, node, network string, l topology.Link) error {
	for i := range c.links[node] {
		if s := &c.links[node][i]; s.Network == network {
			s.Link = l
		}
	}
	return nil
}

func (c *cables) Faults(context.Context) ([]topology.Fault, error) { return nil, nil }
func (c *cables) Close() error                                     { return nil }

// opener is a driver of which only Open is used.
type opener struct {
	builder
	*cables
}

func (o opener) Open(context.Context, string) (topology.World, error) { return o.cables, nil }

func newCables() *cables {
	slow := topology.Impairment{Delay: 20 * time.Millisecond, Loss: topology.Loss{Rate: 0.1}}
	return &cables{links: map[string][]topology.LinkState{
		"bob": {{
			Node: "bob", Network: "office", Link: topology.Link{Out: slow},
			Out: topology.Counters{Packets: 100, Bytes: 9800, Faults: map[topology.Cause]uint64{topology.Lost: 11}},
			In:  topology.Counters{Packets: 90, Bytes: 8820, Faults: map[topology.Cause]uint64{topology.Partition: 2}},
		}},
		"gw": {{Node: "gw", Network: "office"}, {Node: "gw", Network: "workshop"}},
	}}
}

// link runs the command's second half, as `netsim link NODE.NETWORK` after its flags.
func (c *cables) link(name string, change change) (string, error) {
	var out bytes.Buffer
	f := found{topology.Kept{Run: "r1", Nodes: []string{"gw", "bob"}}, opener{cables: c}}
	node, network, _ := strings.Cut(name, ".")
	err := linkOn(context.Background(), terminal{out: &out}, f, patch{node: node, network: network, change: change})
	return out.String(), err
}

func TestLinkShows(t *testing.T) {
	got, err := newCables().link("", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `link          direction   does                   packets   bytes   lost   partitioned
gw.office     out         perfect                0         0       0      0
              in          perfect                0         0       0      0
gw.workshop   out         perfect                0         0       0      0
              in          perfect                0         0       0      0
bob.office    out         delay 20ms, loss 10%   100       9800    11     0
              in          perfect                90        8820    0      2
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLinkChanges(t *testing.T) {
	c := newCables()
	apart := topology.Refusal{From: []netip.Addr{netip.MustParseAddr("10.1.0.2")}}
	c.links["bob"][0].Link.Refuse = apart
	rate := topology.Impairment{Rate: 10_000_000}
	for _, step := range []struct {
		direction string // or down, up
		out, in   string
	}{
		{"in", "delay 20ms, loss 10%", "partitioned; rate 10mbit"},
		{"down", "down; delay 20ms, loss 10%", "down; partitioned; rate 10mbit"},
		{"out", "down; rate 10mbit", "down; partitioned; rate 10mbit"},
		{"up", "rate 10mbit", "partitioned; rate 10mbit"},
	} {
		change := func(l topology.Link) topology.Link { l.Down = step.direction == "down"; return l }
		if step.direction == "in" || step.direction == "out" {
			change, _ = directed(step.direction, rate)
		}
		got, err := c.link("bob", change)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(got, "\n")
		if !strings.Contains(lines[1], " out         "+step.out+" ") || !strings.Contains(lines[2], " in          "+step.in+" ") {
			t.Errorf("after %s:\n%s", step.direction, got)
		}
	}
}

// TestLinkHeals ends a partition and leaves all else as it is.
func TestLinkHeals(t *testing.T) {
	apart := topology.Refusal{From: []netip.Addr{netip.MustParseAddr("10.1.0.2")}}
	f := func(c *cables) found {
		return found{topology.Kept{Run: "r1", Nodes: []string{"gw", "bob"}}, opener{cables: c}}
	}
	for node, want := range map[string][]string{"": {}, "bob": {"gw.workshop"}, "gw": {"bob.office"}} {
		c := newCables()
		c.links["bob"][0].Link.Refuse, c.links["bob"][0].Link.Down = apart, true
		c.links["gw"][1].Link.Refuse = apart
		var out bytes.Buffer
		if err := linkOn(t.Context(), terminal{out: &out}, f(c), patch{node: node, heal: true}); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, l := range append(c.links["gw"], c.links["bob"]...) {
			if !l.Link.Refuse.IsZero() {
				got = append(got, l.Node+"."+l.Network)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("heal %q leaves partitioned: %s", node, d)
		}
		if l := c.links["bob"][0].Link; !l.Down || l.Out.Delay != 20*time.Millisecond {
			t.Errorf("heal %q changed the cable: %v", node, l)
		}
		if strings.Contains(out.String(), "partitioned;") || strings.Contains(out.String(), "in          partitioned ") {
			t.Errorf("heal %q says\n%s", node, &out)
		}
	}
}

func TestLinksThatCannotBe(t *testing.T) {
	perfect, _ := directed("both", topology.Impairment{})
	for _, x := range []struct {
		name   string
		change change
		want   string
	}{
		{"gw", perfect, "link: gw is on several networks: say which\n  gw.office, gw.workshop"},
		{"gw.ofice", nil, "link: gw is not on a network \"ofice\"\n  there are: gw.office, gw.workshop; did you mean gw.office?"},
		{"bobb", nil, "r1: there is no node \"bobb\"\n  there are: gw, bob; did you mean bob?"},
	} {
		_, err := newCables().link(x.name, x.change)
		if s := (*status)(nil); !errors.As(err, &s) || s.code != wrongInput || err.Error() != x.want {
			t.Errorf("%s: got %v, want %s", x.name, err, x.want)
		}
	}
	if got, err := newCables().link("gw.workshop", nil); err != nil || strings.Count(got, "\n") != 3 {
		t.Errorf("%v:\n%s", err, got)
	}
}

func TestParseDrop(t *testing.T) {
	for text, want := range map[string]string{
		"3":                "packets 3",
		"7, 3,7":           "packets 3, 7",
		"3, 7, 12-15":      "packets 3, 7, 12-15",
		"10 of 100":        "10 of 100",
		"1-3,2":            "packets 1-3",
		"0 of 100":         `not a number of packets: "0"`,
		"3,":               `not a packet's number, or some of them: ""`,
		"9-3":              `not a packet's number, or some of them: "9-3"`,
		"1-10001":          `not a packet's number, or some of them: "1-10001"`,
		"all":              `not a packet's number, or some of them: "all"`,
		"-3":               `not a packet's number, or some of them: "-3"`,
		"10 of 1000000000": `not a packet's number, or some of them: "10 of 1000000000"`,
	} {
		d, err := parseDrop(text)
		got := d.String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
