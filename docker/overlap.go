package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"netsim/topology"
)

// Overlap is the error of a plan with a segment that the engine's machine would not leave
// alone: its subnet overlaps that of a Docker network that is not netsim's, so that the engine
// translates addresses of the segment's packets; or the machine itself has an address in it,
// and answers ARP for that on every bridge.
type Overlap struct {
	Segment   string
	Subnet    netip.Prefix
	Network   string       // the other network's name, or
	Interface string       // the machine's interface
	Taken     netip.Prefix // its subnet, or the machine's address
}

func (o *Overlap) Error() string {
	if o.Interface != "" {
		return fmt.Sprintf("network %s: its subnet %s contains the address %s of this machine (%s), which would answer in a node's place",
			o.Segment, o.Subnet, o.Taken.Addr(), o.Interface)
	}
	return fmt.Sprintf("network %s: its subnet %s overlaps the Docker network %q (%s), whose address translation would swallow its packets",
		o.Segment, o.Subnet, o.Network, o.Taken)
}

// Hint says what to do about it.
func (o *Overlap) Hint() string {
	switch {
	case o.Interface != "":
		return fmt.Sprintf("give %s another subnet", o.Segment)
	case o.Network == network.NetworkBridge:
		return fmt.Sprintf("give %s another subnet, or Docker's own bridge (\"bip\" in /etc/docker/daemon.json)", o.Segment)
	}
	return fmt.Sprintf("give %s another subnet, or remove the other network: docker network rm %s", o.Segment, o.Network)
}

// claim is a subnet that somebody has.
type claim struct {
	subnet netip.Prefix
	holder string // a Docker network's name, or the machine's interface
	kind   holder
}

type holder int

const (
	foreign holder = iota // a Docker network of somebody else's
	ours                  // one of some run of netsim's
	machine               // an address of the engine's machine
)

// claims are the subnets that the engine's networks have, and the addresses of its
// machine. Networks of a swarm are of another address space.
func (e *engine) claims(ctx context.Context) ([]claim, error) {
	list, err := e.api.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing networks: %w", err)
	}
	var all []claim
	for _, n := range list.Items {
		if n.Scope != "local" {
			continue
		}
		kind := foreign
		if _, ok := readTag(n.Name, n.Labels, n.Labels[labelSegment]); ok {
			kind = ours
		}
		for _, c := range n.IPAM.Config {
			if c.Subnet.IsValid() && c.Subnet.Addr().Is4() {
				all = append(all, claim{c.Subnet.Masked(), n.Name, kind})
			}
		}
	}
	return append(all, e.machineAddresses()...), nil
}

// machineAddresses are those of this machine, if that is where the engine is: of another one,
// or of the virtual machine of a Docker Desktop, they are not to be had.
func (e *engine) machineAddresses() []claim {
	if runtime.GOOS != "linux" || !e.local() {
		return nil
	}
	interfaces, _ := net.Interfaces()
	var all []claim
	for _, i := range interfaces {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() {
				all = append(all, claim{netip.PrefixFrom(p.Addr(), 32), i.Name, machine})
			}
		}
	}
	return all
}

// preflight refuses a plan that overlaps somebody else's networks, or the machine.
func preflight(p *topology.Plan, taken []claim) error {
	for _, s := range p.Segments {
		for _, c := range taken {
			if c.kind == ours || !c.subnet.Overlaps(s.Subnet) {
				continue
			}
			o := &Overlap{Segment: s.Name, Subnet: s.Subnet, Taken: c.subnet}
			if c.kind == machine {
				o.Interface = c.holder
			} else {
				o.Network = c.holder
			}
			return o
		}
	}
	return nil
}

// isFree says whether nobody has claimed any part of a subnet.
func isFree(subnet netip.Prefix, taken []claim) bool {
	for _, c := range taken {
		if c.subnet.Overlaps(subnet) {
			return false
		}
	}
	return true
}
