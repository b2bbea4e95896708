package topology

import (
	"fmt"
	"net/netip"
	"strings"
)

// none is the word for "no gateway".
const none = "none"

// reserveGateways keeps a gateway that the file gives as an address from being
// handed to somebody who did not ask for it.
func (r *resolver) reserveGateways() {
	for _, name := range r.order {
		a, err := netip.ParseAddr(r.networks[name].Gateway)
		if p := r.pools[name]; err == nil && p.usable(a) == "" {
			if _, used := p.used[a]; !used {
				p.used[a] = ""
			}
		}
	}
}

// setGateways decides each segment's gateway: what the file says, or the first
// router on it, or nothing.
func (r *resolver) setGateways() {
	for i := range r.plan.Segments {
		s := &r.plan.Segments[i]
		s.Gateway = r.gateway(r.networks[s.Name])
	}
}

func (r *resolver) gateway(n *Network) netip.Addr {
	where := path("networks", n.Name, "gateway")
	switch n.Gateway {
	case none:
		return netip.Addr{}
	case "":
		return r.firstRouter(n.Name)
	}
	return r.parseGateway(where, n.Gateway, n.Name)
}

// parseGateway reads a router's name or an address on the network.
func (r *resolver) parseGateway(where []string, text, network string) netip.Addr {
	if a, err := netip.ParseAddr(text); err == nil {
		if wrong := r.pools[network].usable(a); wrong != "" {
			r.problems.add(where, fmt.Sprintf("gateway %s %s", a, wrong), r.pools[network].hint())
		}
		return a
	}
	d := r.node(text)
	if d == nil || d.Kind != KindRouter {
		r.problems.unknown(where, fmt.Sprintf("there is no router %q", text), text, append(r.routersOn(network), none))
		return netip.Addr{}
	}
	a := d.addressOn(network)
	if !a.IsValid() {
		r.problems.unknown(where, fmt.Sprintf("router %s is not on network %s", text, network), "", append(r.routersOn(network), none))
	}
	return a
}

func (r *resolver) firstRouter(network string) netip.Addr {
	for _, d := range r.nodes {
		if a := d.addressOn(network); d.Kind == KindRouter && a.IsValid() {
			return a
		}
	}
	return netip.Addr{}
}

func (r *resolver) routersOn(network string) []string {
	var names []string
	for _, d := range r.nodes {
		if d.Kind == KindRouter && d.on(network) {
			names = append(names, d.Name)
		}
	}
	return names
}

// hostGateway is where a host sends what is not on its own networks: what the file
// says, or the gateway of the first of its networks that has one.
func (r *resolver) hostGateway(d *draft) netip.Addr {
	if d.gateway == none || len(d.Interfaces) == 0 {
		return netip.Addr{}
	}
	if d.gateway != "" {
		return r.givenGateway(d)
	}
	for _, i := range d.Interfaces {
		if s := r.plan.Segment(i.Segment); s.Gateway.IsValid() && s.Gateway != i.Address.Addr() {
			return s.Gateway
		}
	}
	return netip.Addr{}
}

func (r *resolver) givenGateway(d *draft) netip.Addr {
	where := d.at("gateway")
	if a, err := netip.ParseAddr(d.gateway); err == nil {
		for _, i := range d.Interfaces {
			if i.Address.Addr() == a {
				r.problems.add(where, fmt.Sprintf("gateway %s is the address of %s itself", a, d.Name), "another node's address, or none")
				return netip.Addr{}
			}
			if i.Address.Contains(a) {
				return a
			}
		}
		r.problems.add(where, fmt.Sprintf("gateway %s is on none of the networks of %s", a, d.Name), "an address in "+d.subnets())
		return netip.Addr{}
	}
	for _, i := range d.Interfaces {
		if g := r.node(d.gateway); g != nil && g.Kind == KindRouter && g.on(i.Segment) {
			return g.addressOn(i.Segment)
		}
	}
	return r.parseGateway(where, d.gateway, d.Interfaces[0].Segment)
}

func (n *Node) on(network string) bool { return n.addressOn(network).IsValid() }

// addressOn is the node's address on a network, or the zero value.
func (n *Node) addressOn(network string) netip.Addr {
	for _, i := range n.Interfaces {
		if i.Segment == network {
			return i.Address.Addr()
		}
	}
	return netip.Addr{}
}

func (n *Node) subnets() string {
	var s []string
	for _, i := range n.Interfaces {
		s = append(s, i.Address.Masked().String())
	}
	return list(s)
}

func list(names []string) string {
	if len(names) == 0 {
		return "(there are none)"
	}
	return strings.Join(names, ", ")
}
