package topology_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"netsim/topology"
	"netsim/topology/topotest"
)

// TestLinkProblems tells every field that is wrong once, where it stands.
func TestLinkProblems(t *testing.T) {
	late := topology.Impairment{Delay: time.Hour}
	for _, x := range []struct {
		name string
		link topology.Link
		want string
	}{
		{"both", topology.Both(topology.Impairment{Delay: time.Hour, Corrupt: 2}), "networks.office.link.delay networks.office.link.corrupt"},
		{"one way", topology.Link{In: late}, "networks.office.link.in.delay"},
		{"two ways", topology.Link{Out: topology.Impairment{Reorder: 1}, In: late}, "networks.office.link.out.reorder networks.office.link.in.delay"},
		{"one field twice", topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 2, Burst: 5}}), "networks.office.link.loss"},
	} {
		topo := topotest.Routed()
		topo.Networks[0].Link = &x.link
		_, err := topology.Resolve(topo)
		ps, _ := err.(topology.Problems)
		var got []string
		for _, p := range ps {
			got = append(got, strings.Join(p.Where, "."))
		}
		if want := strings.Fields(x.want); !slices.Equal(got, want) {
			t.Errorf("%s: problems at %q, want %q", x.name, got, want)
		}
	}
}
