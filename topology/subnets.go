package topology

import (
	"fmt"
	"net/netip"
)

// reserved are prefixes that no segment can use, with the reason (RFC 6890).
var reserved = []struct {
	prefix netip.Prefix
	reason string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "means \"this network\""},
	{netip.MustParsePrefix("127.0.0.0/8"), "is loopback: it never leaves a node"},
	{netip.MustParsePrefix("224.0.0.0/4"), "is multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "is reserved"},
}

const subnetHint = "an IPv4 subnet such as 10.1.0.0/24"

func (r *resolver) addNetworks(networks []Network) {
	for i := range networks {
		n := &networks[i]
		where := path("networks", n.Name)
		if !IsName(n.Name) {
			r.problems.add(where, fmt.Sprintf("%q is not a name for a network", n.Name), NameRule)
		}
		if !r.checkSubnet(n) {
			continue
		}
		r.checkMTU(n)
		r.networks[n.Name] = n
		r.order = append(r.order, n.Name)
		r.pools[n.Name] = newPool(n.Subnet)
		r.plan.Segments = append(r.plan.Segments, Segment{Name: n.Name, Subnet: n.Subnet, MTU: n.MTU})
	}
	if len(networks) == 0 {
		r.problems.add(path("networks"), "there is no network", "networks: { office: 10.1.0.0/24 }")
	}
}

func (r *resolver) checkSubnet(n *Network) bool {
	where, s := path("networks", n.Name, "subnet"), n.Subnet
	switch {
	case !s.IsValid():
		r.problems.add(where, "network "+n.Name+" has no subnet", subnetHint)
	case !s.Addr().Is4():
		r.problems.add(where, fmt.Sprintf("%s is not an IPv4 subnet", s), subnetHint)
	case s.Masked() != s:
		r.problems.add(where, fmt.Sprintf("%s has bits set behind its /%d", s, s.Bits()), fmt.Sprintf("the subnet is %s", s.Masked()))
	case s.Bits() < 8 || s.Bits() > 30:
		r.problems.add(where, fmt.Sprintf("a segment cannot be a /%d", s.Bits()), "from /8 to /30: a /30 has two host addresses")
	default:
		return r.checkPlace(n, where)
	}
	return false
}

func (r *resolver) checkPlace(n *Network, where []string) bool {
	for _, x := range reserved {
		if x.prefix.Overlaps(n.Subnet) {
			r.problems.add(where, fmt.Sprintf("%s lies in %s, which %s", n.Subnet, x.prefix, x.reason), subnetHint)
			return false
		}
	}
	for _, name := range r.order {
		if other := r.networks[name]; other.Subnet.Overlaps(n.Subnet) {
			r.problems.add(where, fmt.Sprintf("%s of network %s overlaps %s of network %s", n.Subnet, n.Name, other.Subnet, name),
				"give each network a subnet of its own")
			return false
		}
	}
	return true
}

func (r *resolver) checkMTU(n *Network) {
	if n.MTU == 0 {
		n.MTU = DefaultMTU
	}
	if n.MTU < 68 || n.MTU > 65535 {
		r.problems.add(path("networks", n.Name, "mtu"), fmt.Sprintf("mtu is %d", n.MTU), "bytes, from 68 (RFC 791) to 65535")
	}
}

// pool hands out the host addresses of a subnet, lowest first.
type pool struct {
	subnet netip.Prefix
	next   netip.Addr
	used   map[netip.Addr]string // address → node, or "" for a gateway that nobody has yet
}

func newPool(subnet netip.Prefix) *pool {
	return &pool{subnet: subnet, next: subnet.Addr().Next(), used: map[netip.Addr]string{}}
}

// take returns the lowest free host address, or false when the subnet is full.
func (p *pool) take(node string) (netip.Addr, bool) {
	last := Broadcast(p.subnet)
	for ; p.next.Less(last); p.next = p.next.Next() {
		if _, used := p.used[p.next]; !used {
			p.used[p.next] = node
			return p.next, true
		}
	}
	return netip.Addr{}, false
}

// size is how many host addresses the subnet has: all but the first, which names
// the network, and the last, which is the broadcast address.
func (p *pool) size() int { return 1<<(32-p.subnet.Bits()) - 2 }

// usable says what keeps an address from being a host's in this subnet, or "".
func (p *pool) usable(a netip.Addr) string {
	switch {
	case !p.subnet.Contains(a):
		return fmt.Sprintf("is not in %s", p.subnet)
	case a == p.subnet.Addr():
		return fmt.Sprintf("is the address of the network %s itself", p.subnet)
	case a == Broadcast(p.subnet):
		return fmt.Sprintf("is the broadcast address of %s", p.subnet)
	}
	return ""
}

// hint is what would be valid.
func (p *pool) hint() string {
	return fmt.Sprintf("%s to %s", p.subnet.Addr().Next(), Broadcast(p.subnet).Prev())
}

// Broadcast is the last address of an IPv4 subnet: its directed broadcast address
// (RFC 919).
func Broadcast(subnet netip.Prefix) netip.Addr {
	b := subnet.Masked().Addr().As4()
	host := uint32(1)<<(32-subnet.Bits()) - 1
	for i := range b {
		b[i] |= byte(host >> (24 - 8*i))
	}
	return netip.AddrFrom4(b)
}
