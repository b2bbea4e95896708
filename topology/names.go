package topology

import (
	"net/netip"
	"strings"
)

// HostName is a line of a node's hosts file (hosts(5)).
type HostName struct {
	Address netip.Addr `json:"address"`
	Names   []string   `json:"names"` // "gw", "gw.office", or "gw.workshop" alone
}

// Names is the hosts file of a node: every node by the address that this node would use
// to reach it, with the names NODE and NODE.NETWORK; the other addresses under
// NODE.NETWORK alone, so that every address also leads back to a name.
func (o *Oracle) Names(from string) []HostName {
	names := make([]HostName, 0, len(o.plan.Nodes))
	for i := range o.plan.Nodes {
		n := &o.plan.Nodes[i]
		best := o.facing(from, n)
		for j, x := range n.Interfaces {
			line := HostName{x.Address.Addr(), []string{n.Name + "." + x.Segment}}
			if j == best {
				line.Names = []string{n.Name, n.Name + "." + x.Segment}
			}
			names = append(names, line)
		}
	}
	return names
}

// Address is the address by which a node would reach another, or the zero value for
// an unknown one. NODE.NETWORK names an address of a node with several.
func (o *Oracle) Address(from, name string) netip.Addr {
	node, network, qualified := strings.Cut(name, ".")
	n := o.nodes[node]
	switch {
	case n == nil || len(n.Interfaces) == 0:
		return netip.Addr{}
	case qualified:
		return n.addressOn(network)
	}
	return n.Interfaces[o.facing(from, n)].Address.Addr()
}

// facing is which interface of n a sender would use: the one with the fewest hops,
// and among those the one on which its packets arrive; the first where none can be
// reached.
func (o *Oracle) facing(from string, n *Node) int {
	if len(n.Interfaces) < 2 || n.Name == from {
		return 0
	}
	best, least := 0, -1
	for i, x := range n.Interfaces {
		p := o.Trace(from, x.Address.Addr(), DefaultTTL)
		if p.Outcome != Delivered {
			continue
		}
		cost := 2 * len(p.Hops)
		if p.Hops[len(p.Hops)-1].Address != x.Address.Addr() {
			cost++ // behind the interface on which it arrives
		}
		if least < 0 || cost < least {
			best, least = i, cost
		}
	}
	return best
}

// Names is the hosts file of one node; see Oracle.Names.
func (p *Plan) Names(from string) []HostName { return NewOracle(p).Names(from) }
