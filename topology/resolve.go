package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxNodes bounds the routers and hosts of one plan.
const MaxNodes = 4096

// Resolve decides every address, MAC, gateway and route from names and file order
// alone: the same topology gives the same plan on every machine. It reports all
// mistakes at once, as Problems.
//
//	Topology → check names → attach (addresses) → gateways → routes → Plan
func Resolve(t Topology) (*Plan, error) {
	r := &resolver{
		plan:     &Plan{Name: t.Name, Seed: t.Seed},
		networks: map[string]*Network{},
		pools:    map[string]*pool{},

		linksTold: map[string]bool{},
	}
	r.addNetworks(slices.Clone(t.Networks)) // defaults are filled in
	r.addNodes(t)
	r.assignAddresses()
	r.setGateways()
	r.setRoutes()
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return r.finish(), nil
}

// resolver holds a plan in the making.
type resolver struct {
	plan     *Plan
	problems Problems
	networks map[string]*Network
	order    []string // names of networks, in file order
	pools    map[string]*pool
	nodes    []*draft // routers, then hosts, unfolded

	linksTold map[string]bool // what the file says of links, by path: it is for many attachments
}

// draft is a node in the making: what the file says of it, and where it says so.
type draft struct {
	Node
	where       []string
	attachments []Attachment
	gateway     string
	static      []StaticRoute
	routing     Routing
	link        *Link
}

func (d *draft) at(keys ...string) []string {
	return append(append([]string{}, d.where...), keys...)
}

func (r *resolver) addNodes(t Topology) {
	for _, router := range t.Routers {
		r.addNode(&draft{
			Node:        Node{Name: router.Name, Kind: KindRouter},
			where:       path("routers", router.Name),
			attachments: router.Attachments,
			static:      router.Routes,
			routing:     router.Routing,
			link:        router.Link,
		})
	}
	for _, host := range t.Hosts {
		for _, name := range r.unfold(host) {
			r.addNode(&draft{
				Node:        Node{Name: name, Kind: KindHost, Files: host.Files, Image: host.Image},
				where:       path("hosts", host.Name),
				attachments: host.Attachments,
				gateway:     host.Gateway,
				static:      host.Routes,
				link:        host.Link,
			})
		}
	}
	if len(r.nodes) > MaxNodes {
		r.problems.add(path("hosts"), fmt.Sprintf("%d routers and hosts", len(r.nodes)), fmt.Sprintf("at most %d", MaxNodes))
	}
}

// unfold gives the names that a host entry stands for.
func (r *resolver) unfold(h Host) []string {
	if h.Count == 0 {
		return []string{h.Name}
	}
	if h.Count < 0 || h.Count > MaxNodes {
		r.problems.add(path("hosts", h.Name, "count"), fmt.Sprintf("count is %d", h.Count), fmt.Sprintf("a number from 1 to %d", MaxNodes))
		return nil
	}
	for _, a := range h.Attachments {
		if a.Address.IsValid() && h.Count > 1 {
			r.problems.add(path("hosts", h.Name, "networks", a.Network),
				fmt.Sprintf("%d hosts cannot share the address %s", h.Count, a.Address), "leave the address out: each host gets its own")
			return nil
		}
	}
	names := make([]string, h.Count)
	for i := range names {
		names[i] = h.Name + "-" + strconv.Itoa(i+1)
	}
	return names
}

func (r *resolver) addNode(d *draft) {
	if !IsName(d.Name) {
		r.problems.add(d.where, fmt.Sprintf("%q is not a name for a %s", d.Name, d.Kind), NameRule)
	}
	for _, other := range r.nodes {
		if other.Name == d.Name {
			r.problems.add(d.where, fmt.Sprintf("%s %s has the name of a %s", d.Kind, d.Name, other.Kind), "every router and host needs a name of its own")
			return
		}
	}
	r.nodes = append(r.nodes, d)
}

func (r *resolver) node(name string) *draft {
	for _, d := range r.nodes {
		if d.Name == name {
			return d
		}
	}
	return nil
}

func (r *resolver) finish() *Plan {
	for _, d := range r.nodes {
		r.plan.Nodes = append(r.plan.Nodes, d.Node)
	}
	return r.plan
}

// NameRule says in words what IsName checks.
const NameRule = "a name is letters, digits and hyphens, at most 40, and begins with a letter or digit"

// IsName says whether a text can be the name of a scenario, network or node.
func IsName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	return name != "" && len(name) <= 40 && name[0] != '-' && strings.Trim(name, letters) == ""
}
