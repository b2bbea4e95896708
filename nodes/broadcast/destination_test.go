package broadcast

import (
	"errors"
	"net/netip"
	"testing"

	"netsim/nodes"
)

// eth0 10.61.0.0/24 ─ this node ─ eth1 10.61.0.0/16
// ppp0 10.9.0.1/32    │    │      p2p  10.8.0.0/31
func TestDestination(t *testing.T) {
	attached := []network{
		{"eth0", netip.MustParsePrefix("10.61.0.0/24")}, {"eth1", netip.MustParsePrefix("10.61.0.0/16")},
		{"eth2", netip.MustParsePrefix("10.62.0.64/26")},
		{"ppp0", netip.MustParsePrefix("10.9.0.1/32")}, {"p2p", netip.MustParsePrefix("10.8.0.0/31")},
	}
	for _, x := range []struct {
		to    string
		known bool
		says  string
	}{
		{"255.255.255.255", true, ""},
		{"10.61.0.255", true, ""},   // a host of eth1's, too
		{"10.61.255.255", true, ""}, //
		{"10.62.0.127", true, ""},
		{"10.2.0.255", false, ""}, // another network's, perhaps
		{"10.2.0.7", false, ""},
		{"10.62.0.70", false, "10.62.0.70 is a host of eth2's network 10.62.0.64/26, whose broadcast address is 10.62.0.127"},
		{"10.62.0.64", false, "10.62.0.64 is the name of eth2's network 10.62.0.64/26, whose broadcast address is 10.62.0.127"},
		{"10.61.3.4", false, "10.61.3.4 is a host of eth1's network 10.61.0.0/16, whose broadcast address is 10.61.255.255"},
		{"10.9.0.1", false, "10.9.0.1 is in ppp0's network 10.9.0.1/32, which has no broadcast address"},
		{"10.8.0.1", false, "10.8.0.1 is in p2p's network 10.8.0.0/31, which has no broadcast address"},
		{"127.0.0.1", false, "127.0.0.1 is this node alone"},
		{"239.1.1.1", false, "239.1.1.1 is a multicast address"},
		{"::1", false, `not an IPv4 broadcast address: "::1"`},
	} {
		_, known, err := destination(x.to, attached)
		var u *nodes.UsageError
		if known != x.known || (err == nil) != (x.says == "") || err != nil && (!errors.As(err, &u) || u.Message != "broadcast: --to: "+x.says) {
			t.Errorf("%s: %v, %v", x.to, known, err)
		}
	}
}
