package scenario

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"netsim/topology"
)

// readRouters reads `routers: { gw: [office, workshop] }`.
func (r *reader) readRouters(n *yaml.Node) []topology.Router {
	var all []topology.Router
	for _, e := range r.entries(n, "routers") {
		name := e.key.Value
		r.place(e.key, "routers", name)
		found := len(r.mistakes)
		router := r.router(name, e.value)
		r.addNode(name, router.Attachments)
		if len(router.Attachments) > 0 || len(r.mistakes) == found {
			all = append(all, router)
		} else {
			r.unsound = append(r.unsound, name)
		}
	}
	return all
}

func (r *reader) router(name string, n *yaml.Node) topology.Router {
	router := topology.Router{Name: name}
	path := []string{"routers", name}
	if n.Kind != yaml.MappingNode {
		router.Attachments = r.attachments(n, path)
		return router
	}
	f := r.object(n, "router "+name, "networks", "routes", "routing", "link")
	r.placeFields(f, path...)
	router.Attachments = r.attachments(f["networks"], path)
	router.Routes = r.routes(f["routes"], path)
	router.Link = r.link(f["link"], "routers", name, "link")
	if routing, _ := r.text(f["routing"], "routing"); routing != "auto" {
		router.Routing = topology.Routing(routing)
	}
	return router
}

// addNode remembers a node's name and networks, for the checks of steps: also when its
// networks are wrong.
func (r *reader) addNode(name string, attachments []topology.Attachment) {
	if len(r.nodeNames) >= topology.MaxNodes {
		if !r.tooMany {
			r.mistake(r.position([]string{"hosts", name}), fmt.Sprintf("more than %d routers and hosts", topology.MaxNodes), "a scenario has to fit on one machine")
		}
		r.tooMany = true
		return
	}
	if _, twice := r.nodes[name]; !twice {
		r.nodeNames = append(r.nodeNames, name)
	}
	networks := []string{}
	for _, a := range attachments {
		networks = append(networks, a.Network)
	}
	r.nodes[name] = networks
}

// attachments reads a network's name, a list of names, or `network: address`, with or without
// a link of its own.
func (r *reader) attachments(n *yaml.Node, path []string) []topology.Attachment {
	if n == nil || n.Kind == yaml.AliasNode {
		return nil
	}
	path = append(path[:len(path):len(path)], "networks")
	var all []topology.Attachment
	if n.Kind == yaml.MappingNode {
		for _, e := range r.entries(n, "networks") {
			r.place(e.key, append(path, e.key.Value)...)
			all = append(all, r.attachment(e, append(path, e.key.Value)))
		}
		return all
	}
	for _, item := range r.list(n) {
		if name, ok := r.text(item, "the network"); ok {
			r.place(item, append(path, name)...)
			all = append(all, topology.Attachment{Network: name})
		}
	}
	return all
}

// attachment reads `office: 10.1.0.7` or `office: { address: 10.1.0.7, link: { loss: 10% } }`.
func (r *reader) attachment(e entry, path []string) topology.Attachment {
	a := topology.Attachment{Network: e.key.Value}
	if e.value.Kind != yaml.MappingNode {
		a.Address = r.attachedAddress(e.value, a.Network)
		return a
	}
	f := r.object(e.value, "the attachment to "+a.Network, "address", "link")
	a.Address = r.attachedAddress(f["address"], a.Network)
	a.Link = r.link(f["link"], append(path[:len(path):len(path)], "link")...)
	return a
}

func (r *reader) attachedAddress(n *yaml.Node, network string) netip.Addr {
	text, ok := r.text(n, "the address on "+network)
	if !ok {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		r.wrong(n, fmt.Sprintf("not an address: %q", text), "an IPv4 address such as 10.1.0.7")
	}
	return a
}

// routes reads a list of "10.9.0.0/16 via 10.2.0.7".
func (r *reader) routes(n *yaml.Node, path []string) []topology.StaticRoute {
	var all []topology.StaticRoute
	for i, item := range r.sequence(n, "routes", `["10.9.0.0/16 via 10.2.0.7"]`) {
		text, ok := r.text(item, "the route")
		if !ok {
			continue
		}
		route, ok := parseRoute(text)
		if !ok {
			r.wrong(item, fmt.Sprintf("not a route: %q", text), `"10.9.0.0/16 via 10.2.0.7" or "default via 10.2.0.7"`)
			continue
		}
		r.place(item, append(path[:len(path):len(path)], "routes", strconv.Itoa(i))...)
		all = append(all, route)
	}
	return all
}

func parseRoute(text string) (topology.StaticRoute, bool) {
	words := strings.Fields(text)
	if len(words) != 3 || words[1] != "via" {
		return topology.StaticRoute{}, false
	}
	if words[0] == "default" {
		words[0] = "0.0.0.0/0"
	}
	to, wrongTo := netip.ParsePrefix(words[0])
	via, wrongVia := netip.ParseAddr(words[2])
	return topology.StaticRoute{Destination: to, Via: via}, wrongTo == nil && wrongVia == nil
}
