package topology_test

import (
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netsim/topology"
	"netsim/topology/topotest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestPlansAreWhatTheyWere(t *testing.T) {
	for _, topo := range []topology.Topology{topotest.LAN(), topotest.Routed(), topotest.Chain(), topotest.Ring(), topotest.Island(), topotest.Generate(7)} {
		t.Run(topo.Name, func(t *testing.T) {
			golden(t, topo.Name+".json", planText(t, topo))
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func planText(t *testing.T, topo topology.Topology) []byte {
	t.Helper()
	text, err := json.MarshalIndent(resolve(t, topo), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func resolve(t *testing.T, topo topology.Topology) *topology.Plan {
	t.Helper()
	plan, err := topology.Resolve(topo)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestPlanSurvivesJSON(t *testing.T) {
	plan := resolve(t, topotest.Ring())
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var back topology.Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plan, &back, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func TestAddressesThatAreGivenComeFirst(t *testing.T) {
	topo := topotest.LAN()
	topo.Hosts[1].Attachments[0].Address = netip.MustParseAddr("10.1.0.1")
	plan := resolve(t, topo)
	if got := plan.Node("alice").Interfaces[0].Address.String(); got != "10.1.0.2/24" {
		t.Errorf("alice has %s: bob asked for 10.1.0.1", got)
	}
}

func TestGatewayThatIsGivenIsNobodyElses(t *testing.T) {
	topo := topotest.LAN()
	topo.Networks[0].Gateway = "10.1.0.1"
	plan := resolve(t, topo)
	if got := plan.Node("alice").Interfaces[0].Address.String(); got != "10.1.0.2/24" {
		t.Errorf("alice has %s, the gateway's address", got)
	}
}

func TestCountUnfolds(t *testing.T) {
	topo := topotest.LAN()
	topo.Hosts[0].Count = 3
	plan := resolve(t, topo)
	for name, want := range map[string]string{"alice-1": "10.1.0.1/24", "alice-3": "10.1.0.3/24", "bob": "10.1.0.4/24"} {
		if n := plan.Node(name); n == nil || n.Interfaces[0].Address.String() != want {
			t.Errorf("%s: %+v, want %s", name, n, want)
		}
	}
}

func TestNamesFaceTheOneWhoAsks(t *testing.T) {
	o := topology.NewOracle(resolve(t, topotest.Routed()))
	for _, x := range []struct{ from, name, want string }{
		{"alice", "gw", "10.1.0.1"},
		{"carol", "gw", "10.2.0.1"},
		{"alice", "gw.workshop", "10.2.0.1"},
		{"alice", "carol", "10.2.0.2"},
		{"gw", "gw", "10.1.0.1"},
	} {
		if got := o.Address(x.from, x.name).String(); got != x.want {
			t.Errorf("%s reaches %s at %s, want %s", x.from, x.name, got, x.want)
		}
	}
	want := topology.HostName{Address: netip.MustParseAddr("10.1.0.1"), Names: []string{"gw.office"}}
	if got := o.Names("carol")[0]; got.Address != want.Address || got.Names[0] != want.Names[0] {
		t.Errorf("carol's hosts file begins with %v, want %v", got, want)
	}
}
