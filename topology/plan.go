package topology

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// Plan is a network as it was decided: everything that a driver must make so. It is
// plain data; its JSON form is part of a run's record.
type Plan struct {
	Name     string    `json:"name"`
	Seed     uint64    `json:"seed"`
	Segments []Segment `json:"segments"` // in file order
	Nodes    []Node    `json:"nodes"`    // routers, then hosts, in file order
}

// Segment is a network of the plan.
type Segment struct {
	Name    string       `json:"name"`
	Subnet  netip.Prefix `json:"subnet"`
	Gateway netip.Addr   `json:"gateway,omitzero"` // zero value: none
	MTU     int          `json:"mtu"`              // bytes
}

// Kind tells routers from hosts.
type Kind string

const (
	KindRouter Kind = "router"
	KindHost   Kind = "host"
)

// Node is a router or a host.
type Node struct {
	Name       string      `json:"name"`
	Kind       Kind        `json:"kind"`
	Interfaces []Interface `json:"interfaces"`       // eth0, eth1, … in order of attachment
	Routes     []Route     `json:"routes,omitempty"` // besides the connected ones, most specific first
	Files      []File      `json:"files,omitempty"`
	Image      string      `json:"image,omitempty"` // container image that runs as this host
}

// Forwards says whether the node passes on packets that are not its own.
func (n *Node) Forwards() bool { return n.Kind == KindRouter }

// Interface is a node's end of a cable.
type Interface struct {
	Name    string       `json:"name"` // eth0
	Segment string       `json:"segment"`
	Address netip.Prefix `json:"address"` // the node's address with the subnet's length: 10.1.0.2/24
	MAC     MAC          `json:"mac"`
	MTU     int          `json:"mtu"` // bytes
	Link    Link         `json:"link,omitzero"`
	Wired   bool         `json:"wired,omitempty"` // the link is impaired, or may be later: a wire is laid
}

// Route is an entry of a routing table.
type Route struct {
	Destination netip.Prefix `json:"destination"` // 0.0.0.0/0 is the default route
	Via         netip.Addr   `json:"via"`
	Interface   string       `json:"interface"`
}

// MAC is an Ethernet address (EUI-48).
type MAC [6]byte

func (m MAC) String() string { return net.HardwareAddr(m[:]).String() }

// MarshalText writes it as 02:00:0a:01:00:02.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the form that MarshalText writes.
func (m *MAC) UnmarshalText(b []byte) error {
	a, err := net.ParseMAC(string(b))
	if err != nil || len(a) != len(m) {
		return fmt.Errorf("not an Ethernet address: %q", b)
	}
	copy(m[:], a)
	return nil
}

// Node returns the node of that name, or nil.
func (p *Plan) Node(name string) *Node {
	for i := range p.Nodes {
		if p.Nodes[i].Name == name {
			return &p.Nodes[i]
		}
	}
	return nil
}

// WithImage returns the first node that is a container image of the user's own, or nil.
func (p *Plan) WithImage() *Node {
	for i := range p.Nodes {
		if p.Nodes[i].Image != "" {
			return &p.Nodes[i]
		}
	}
	return nil
}

// Segment returns the segment of that name, or nil.
func (p *Plan) Segment(name string) *Segment {
	for i := range p.Segments {
		if p.Segments[i].Name == name {
			return &p.Segments[i]
		}
	}
	return nil
}

// Owner returns the node and interface that have the address, or nil and nil.
func (p *Plan) Owner(a netip.Addr) (*Node, *Interface) {
	for i := range p.Nodes {
		n := &p.Nodes[i]
		for j := range n.Interfaces {
			if n.Interfaces[j].Address.Addr() == a {
				return n, &n.Interfaces[j]
			}
		}
	}
	return nil, nil
}

// Wire has a wire laid on a link, so that it can be impaired later. An unknown one is passed over.
func (p *Plan) Wire(node, network string) {
	if n := p.Node(node); n != nil {
		for i := range n.Interfaces {
			if n.Interfaces[i].Segment == network {
				n.Interfaces[i].Wired = true
			}
		}
	}
}

// Wired says whether a wire is laid on any of the node's links.
func (n *Node) Wired() bool {
	return slices.ContainsFunc(n.Interfaces, func(x Interface) bool { return x.Wired })
}
