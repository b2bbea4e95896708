package docker

import (
	"net/netip"
	"strings"
	"testing"

	"netsim/topology"
)

func TestTruthful(t *testing.T) {
	for _, c := range []struct {
		subnet, gateway string
		members         string // node=address …
		want            string // gateway node=address …; "" for none
	}{
		{"10.1.0.0/24", "10.1.0.1", "gw=10.1.0.1 alice=10.1.0.2", "10.1.0.1 gw=10.1.0.254 alice=10.1.0.2"},
		{"10.1.0.0/24", "", "alice=10.1.0.1 bob=10.1.0.254", "10.1.0.253 alice=10.1.0.1 bob=10.1.0.254"},
		{"10.1.0.0/24", "10.1.0.9", "alice=10.1.0.1", "10.1.0.9 alice=10.1.0.1"},
		{"10.1.0.0/29", "10.1.0.1", "a=10.1.0.1 b=10.1.0.2 c=10.1.0.3 d=10.1.0.4 e=10.1.0.5", "10.1.0.1 a=10.1.0.6 b=10.1.0.2 c=10.1.0.3 d=10.1.0.4 e=10.1.0.5"},
		{"10.1.0.0/30", "10.1.0.1", "gw=10.1.0.1 alice=10.1.0.2", ""}, // full
		{"10.1.0.0/30", "", "a=10.1.0.1 b=10.1.0.2", ""},
		{"10.1.0.0/31", "", "a=10.1.0.0 b=10.1.0.1", ""},
		{"10.1.0.0/24", "", "", "10.1.0.254"},
	} {
		s := topology.Segment{Subnet: netip.MustParsePrefix(c.subnet)}
		if c.gateway != "" {
			s.Gateway = netip.MustParseAddr(c.gateway)
		}
		on := parseMembers(c.members)
		got, ok := truthful(s, on)
		if text := ledgerText(got, on); ok != (c.want != "") || ok && text != c.want {
			t.Errorf("%s %s %s: %v %s, want %s", c.subnet, c.gateway, c.members, ok, text, c.want)
		}
	}
}

func parseMembers(text string) []member {
	var on []member
	for _, f := range strings.Fields(text) {
		node, address, _ := strings.Cut(f, "=")
		on = append(on, member{node, netip.MustParseAddr(address)})
	}
	return on
}

func ledgerText(l ledger, on []member) string {
	text := l.gateway.String()
	for _, m := range on {
		text += " " + m.node + "=" + l.given[m.node].String()
	}
	return text
}

func TestStandIns(t *testing.T) {
	anything := func(netip.Prefix) bool { return true }
	for nodes, bits := range map[int]int{0: 29, 4: 29, 5: 28, 12: 28, 60: 26, 61: 25, 252: 24, 253: 23, 4096: 19} {
		p, ok := standIns("name", nodes, anything)
		if !ok || p.Bits() != bits || !standInPool().Overlaps(p) || p != p.Masked() {
			t.Errorf("%d nodes: %s, want /%d", nodes, p, bits)
		}
	}
	taken := map[netip.Prefix]bool{}
	for range 1 << 16 { // all /28 of the pool, each once
		p, ok := standIns("name", 12, func(p netip.Prefix) bool { return !taken[p] })
		if !ok || taken[p] {
			t.Fatalf("%s after %d", p, len(taken))
		}
		taken[p] = true
		if len(taken) == 200 {
			break
		}
	}
	if p, ok := standIns("name", 12, func(netip.Prefix) bool { return false }); ok {
		t.Errorf("%s though none is usable", p)
	}
}

func TestStandIn(t *testing.T) {
	on := parseMembers("a=192.168.0.1 b=192.168.0.2")
	if got := ledgerText(standIn(netip.MustParsePrefix("10.208.0.8/29"), on), on); got != "10.208.0.9 a=10.208.0.10 b=10.208.0.11" {
		t.Error(got)
	}
}

func TestPreflight(t *testing.T) {
	p := &topology.Plan{Segments: []topology.Segment{{Name: "office", Subnet: netip.MustParsePrefix("10.1.0.0/24")}}}
	claims := func(subnet string, kind holder) []claim {
		return []claim{{netip.MustParsePrefix(subnet), "other", kind}}
	}
	for want, taken := range map[string][]claim{
		"": append(claims("10.1.0.0/24", ours), claims("10.2.0.0/24", foreign)...),
		`network office: its subnet 10.1.0.0/24 overlaps the Docker network "other" (10.0.0.0/8), whose address translation would swallow its packets`: claims("10.0.0.0/8", foreign),
		`network office: its subnet 10.1.0.0/24 contains the address 10.1.0.77 of this machine (other), which would answer in a node's place`:          claims("10.1.0.77/32", machine),
	} {
		err := preflight(p, taken)
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
