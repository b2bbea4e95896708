package native

import (
	"net/netip"

	"netsim/topology"
)

// smallest is the smallest network that has one of each part.
func smallest() *topology.Plan {
	subnet := netip.MustParsePrefix("192.0.2.0/24")
	return &topology.Plan{
		Name:     "try",
		Segments: []topology.Segment{{Name: "try", Subnet: subnet, MTU: topology.DefaultMTU}},
		Nodes: []topology.Node{{Name: "try", Kind: topology.KindHost, Interfaces: []topology.Interface{{
			Name: "eth0", Segment: "try", Address: netip.PrefixFrom(subnet.Addr().Next(), subnet.Bits()), MAC: topology.MAC{2}, MTU: topology.DefaultMTU,
		}}}},
	}
}

func quiet(topology.Progress) {}
