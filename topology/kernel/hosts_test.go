package kernel_test

import (
	"testing"

	"netsim/topology"
	"netsim/topology/kernel"
	"netsim/topology/topotest"
)

func TestHostsFile(t *testing.T) {
	plan, err := topology.Resolve(topotest.Routed())
	if err != nil {
		t.Fatal(err)
	}
	want := `127.0.0.1 localhost
10.1.0.1 gw.office
10.2.0.1 gw gw.workshop
10.1.0.2 alice alice.office
10.1.0.3 bob bob.office
10.2.0.2 carol carol.workshop
`
	if got := kernel.HostsFile(plan.Names("carol")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
