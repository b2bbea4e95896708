package docker

import (
	"encoding/binary"
	"hash/fnv"
	"net/netip"

	"netsim/topology"
)

// ledger is what Docker is told of a segment. The agent sets the real addresses; to it the
// given ones say which interface is which.
type ledger struct {
	subnet  netip.Prefix
	gateway netip.Addr            // Docker gives it to no container
	given   map[string]netip.Addr // by node
}

// member is a node's end of a cable to a segment.
type member struct {
	node    string
	address netip.Addr
}

// members are the nodes on a segment, in the plan's order.
func members(p *topology.Plan, segment string) []member {
	var all []member
	for i := range p.Nodes {
		for _, x := range p.Nodes[i].Interfaces {
			if x.Segment == segment {
				all = append(all, member{p.Nodes[i].Name, x.Address.Addr()})
			}
		}
	}
	return all
}

// truthful is the ledger with the scenario's own subnet, gateway and addresses. Docker reserves
// the gateway's address, so the node that has it is given a high free one. It reports
// false where the subnet has none left.
func truthful(s topology.Segment, on []member) (ledger, bool) {
	free := freeAddresses{subnet: s.Subnet.Masked(), taken: map[netip.Addr]bool{}}
	for _, m := range on {
		free.taken[m.address] = true
	}
	l := ledger{subnet: free.subnet, gateway: s.Gateway, given: map[string]netip.Addr{}}
	if s.Gateway.IsValid() {
		free.taken[s.Gateway] = true
	} else if l.gateway = free.highest(); !l.gateway.IsValid() {
		return ledger{}, false
	}
	for _, m := range on {
		given := m.address
		if given == l.gateway {
			given = free.highest()
		}
		if !given.IsValid() {
			return ledger{}, false
		}
		l.given[m.node] = given
	}
	return l, true
}

// standIn is a ledger with a subnet that has nothing to do with the scenario's.
func standIn(subnet netip.Prefix, on []member) ledger {
	l := ledger{subnet: subnet, gateway: subnet.Addr().Next(), given: map[string]netip.Addr{}}
	next := l.gateway
	for _, m := range on {
		next = next.Next()
		l.given[m.node] = next
	}
	return l
}

// freeAddresses hands out a subnet's host addresses from the top.
type freeAddresses struct {
	subnet netip.Prefix
	taken  map[netip.Addr]bool
}

// highest takes the highest free address; the zero value when there is none.
func (f *freeAddresses) highest() netip.Addr {
	for a := broadcast(f.subnet).Prev(); a.IsValid() && a.Compare(f.subnet.Addr()) > 0; a = a.Prev() {
		if !f.taken[a] {
			f.taken[a] = true
			return a
		}
	}
	return netip.Addr{}
}

// broadcast is the last address of an IPv4 subnet.
func broadcast(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	n := binary.BigEndian.Uint32(a[:]) | uint32(1<<(32-p.Bits())-1)
	binary.BigEndian.PutUint32(a[:], n)
	return netip.AddrFrom4(a)
}

// standInPool is where stand-in subnets come from: 10.208.0.0 to 10.223.255.255. Docker's
// own defaults are elsewhere (172.17.0.0/12, 192.168.0.0/16).
func standInPool() netip.Prefix { return netip.MustParsePrefix("10.208.0.0/12") }

// standIns walks through the subnets of the pool that have room for n nodes, from a
// place that depends on the name, so that runs side by side do not ask for the same ones.
func standIns(name string, n int, usable func(netip.Prefix) bool) (netip.Prefix, bool) {
	bits := 29
	for bits > 16 && 1<<(32-bits) < n+4 { // network, broadcast, gateway, and one to spare
		bits--
	}
	pool := standInPool()
	count := uint32(1) << (bits - pool.Bits())
	base := binary.BigEndian.Uint32(pool.Addr().AsSlice())
	h := fnv.New32a()
	h.Write([]byte(name))
	for i := range count {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], base+(h.Sum32()+i)%count<<(32-bits))
		if p := netip.PrefixFrom(netip.AddrFrom4(a), bits); usable(p) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}
