package scenario

import (
	"fmt"
	"net/netip"

	"go.yaml.in/yaml/v3"

	"netsim/topology"
)

const maxNetworks = 1024

const subnetHint = "an IPv4 subnet such as 10.1.0.0/24"

// readNetworks reads `networks: { office: 10.1.0.0/24 }`.
func (r *reader) readNetworks(root, n *yaml.Node) []topology.Network {
	r.place(root, "networks")
	if n != nil {
		r.place(n, "networks")
	}
	found := len(r.mistakes)
	var all []topology.Network
	entries := r.entries(n, "networks")
	if len(entries) > maxNetworks {
		r.tooMany = true
		r.wrong(entries[maxNetworks].key, fmt.Sprintf("more than %d networks", maxNetworks), "a scenario has to fit on one machine")
		return nil
	}
	for _, e := range entries {
		name := e.key.Value
		r.place(e.key, "networks", name)
		r.networks = append(r.networks, name)
		network, ok := r.network(name, e.value)
		if ok {
			all = append(all, network)
		}
	}
	r.noNetworks = len(all) == 0 && len(r.mistakes) > found
	return all
}

// network reads the short form, a subnet, or the full one.
func (r *reader) network(name string, n *yaml.Node) (topology.Network, bool) {
	network := topology.Network{Name: name}
	subnet := n
	if n.Kind == yaml.MappingNode {
		f := r.object(n, "network "+name, "subnet", "gateway", "mtu", "link")
		subnet = f["subnet"]
		network.Gateway, _ = r.text(f["gateway"], "gateway")
		if f["mtu"] != nil {
			network.MTU = r.number(f["mtu"], "mtu", 68, 65535)
		}
		r.placeFields(f, "networks", name)
		network.Link = r.link(f["link"], "networks", name, "link")
	} else {
		r.place(n, "networks", name, "subnet")
	}
	if subnet == nil {
		return network, true // Resolve says that it has none
	}
	text, ok := r.text(subnet, "the subnet of "+name)
	if !ok {
		return network, false
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		r.wrong(subnet, fmt.Sprintf("not a subnet: %q", text), subnetHint)
		return network, false
	}
	network.Subnet = prefix
	return network, true
}

// placeFields remembers where the fields of an object stand.
func (r *reader) placeFields(fields map[string]*yaml.Node, path ...string) {
	for key, n := range fields {
		r.place(n, append(path[:len(path):len(path)], key)...)
	}
}
