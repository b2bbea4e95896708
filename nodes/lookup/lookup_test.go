package lookup

import (
	"errors"
	"net/netip"
	"testing"

	"netsim/nodes"
)

const hosts = `
127.0.0.1	localhost
::1 localhost ip6-localhost
10.1.0.1 gw gw.office # the router
10.2.0.1 gw.workshop
10.2.0.2 carol
not an address
10.9.0.9
`

func TestTable(t *testing.T) {
	table := Parse(hosts)
	for name, want := range map[string]string{
		"gw": "10.1.0.1", "GW.Office": "10.1.0.1", "gw.workshop": "10.2.0.1", "carol": "10.2.0.2", "localhost": "127.0.0.1",
	} {
		if got, ok := table.Addr(name); !ok || got.String() != want {
			t.Errorf("Addr(%s) = %v, want %s", name, got, want)
		}
	}
	for _, name := range []string{"", "ip6-localhost", "#", "router", "address", "10.9.0.9"} {
		if got, ok := table.Addr(name); ok {
			t.Errorf("Addr(%q) = %v, want none", name, got)
		}
	}
	for address, want := range map[string]string{"10.1.0.1": "gw", "10.2.0.1": "gw", "10.2.0.9": "10.2.0.9", "10.9.0.9": "10.9.0.9"} {
		if got := table.Name(netip.MustParseAddr(address)); got != want {
			t.Errorf("Name(%s) = %s, want %s", address, got, want)
		}
	}
	if got, ok := (Table{}).Addr("localhost"); !ok || got.String() != "127.0.0.1" {
		t.Errorf("localhost without a hosts file is %v", got)
	}
}

func TestAddr(t *testing.T) {
	for literal, want := range map[string]string{"10.1.0.7": "10.1.0.7", "::ffff:10.1.0.7": "10.1.0.7"} {
		if got, err := Addr(literal); err != nil || got.String() != want {
			t.Errorf("Addr(%s) = %v, %v", literal, got, err)
		}
	}
	for _, name := range []string{"fe80::1", "no-such-host.invalid"} {
		_, err := Addr(name)
		var f *nodes.Failure
		if !errors.As(err, &f) || f.Word != nodes.NotFound {
			t.Errorf("Addr(%s): %v, want not found", name, err)
		}
	}
}
