package topology

import (
	"net/netip"
	"slices"
)

// Refusal is what a partition keeps from a node: packets that come from one of these
// addresses and are meant for the node: for one of its addresses, for a broadcast or a multicast address.
// What the node would only pass on to others is not refused.
type Refusal struct {
	From []netip.Addr `json:"from,omitempty"` // of the nodes on the other side, sorted
	To   []netip.Addr `json:"to,omitempty"`   // the node's own, and its networks' broadcast addresses, sorted
}

// IsZero says whether nothing is refused.
func (r Refusal) IsZero() bool { return len(r.From) == 0 }

// Equal says whether two refusals are the same.
func (r Refusal) Equal(s Refusal) bool {
	return slices.Equal(r.From, s.From) && slices.Equal(r.To, s.To)
}

// Refuses says whether a packet is kept from the node.
func (r Refusal) Refuses(from, to netip.Addr) bool {
	if _, other := slices.BinarySearchFunc(r.From, from, netip.Addr.Compare); !other {
		return false
	}
	_, own := slices.BinarySearchFunc(r.To, to, netip.Addr.Compare)
	return own || to.IsMulticast() || to == limitedBroadcast
}

// limitedBroadcast is 255.255.255.255 (RFC 919).
var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

func (r Refusal) String() string { return "partitioned" }

// Partition says what each node refuses when packets between groups are dropped, whatever
// their path: by node. Nodes that are in no group refuse nothing.
func (p *Plan) Partition(groups [][]string) map[string]Refusal {
	all := map[string]Refusal{}
	for i, group := range groups {
		var others []netip.Addr
		for j, other := range groups {
			if i == j {
				continue
			}
			for _, name := range other {
				others = append(others, p.addressesOf(name)...)
			}
		}
		slices.SortFunc(others, netip.Addr.Compare)
		for _, name := range group {
			all[name] = Refusal{From: others, To: p.destinationsOf(name)}
		}
	}
	return all
}

func (p *Plan) addressesOf(node string) []netip.Addr {
	var all []netip.Addr
	if n := p.Node(node); n != nil {
		for _, x := range n.Interfaces {
			all = append(all, x.Address.Addr())
		}
	}
	return all
}

func (p *Plan) destinationsOf(node string) []netip.Addr {
	all := p.addressesOf(node)
	if n := p.Node(node); n != nil {
		for _, x := range n.Interfaces {
			all = append(all, Broadcast(x.Address.Masked()))
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all
}
