package topology

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

var everywhere = netip.MustParsePrefix("0.0.0.0/0")

// setRoutes fills every node's routing table: what the file says, then for routers
// the way to every other segment, for hosts the default route.
func (r *resolver) setRoutes() {
	r.checkRouting()
	graph := r.graph()
	for _, d := range r.nodes {
		r.addStatic(d)
		if d.Kind == KindHost {
			r.addDefault(d)
		} else if d.routing == RoutingAuto {
			r.addShortest(d, graph)
		}
		sortRoutes(d.Routes)
	}
}

func (r *resolver) checkRouting() {
	for _, d := range r.nodes {
		if d.routing != RoutingAuto && d.routing != RoutingNone {
			r.problems.unknown(d.at("routing"), fmt.Sprintf("routing is %q", d.routing), string(d.routing), []string{"auto", "none"})
		}
	}
}

func (r *resolver) addStatic(d *draft) {
	for i, s := range d.static {
		where := d.at("routes", fmt.Sprint(i))
		switch {
		case !s.Destination.IsValid() || !s.Destination.Addr().Is4() || s.Destination.Masked() != s.Destination:
			r.problems.add(where, fmt.Sprintf("%s is not a destination", s.Destination), `"10.9.0.0/16 via 10.2.0.7"`)
		case d.connected(s.Destination):
			r.problems.add(where, fmt.Sprintf("%s is on %s itself", d.Name, s.Destination), "a route leads to a network that the node is not on")
		case d.hasRoute(s.Destination):
			r.problems.add(where, fmt.Sprintf("%s: two routes to %s", d.Name, s.Destination), "one route for each destination")
		case !d.addRoute(s.Destination, s.Via):
			r.problems.add(where, fmt.Sprintf("%s is on none of the networks of %s", s.Via, d.Name), "a next hop is a neighbour: an address in "+d.subnets())
		}
	}
}

func (r *resolver) addDefault(d *draft) {
	if d.hasRoute(everywhere) {
		return
	}
	if g := r.hostGateway(d); g.IsValid() {
		d.addRoute(everywhere, g)
	}
}

// addRoute appends a route, or says that the next hop is no neighbour.
func (n *Node) addRoute(to netip.Prefix, via netip.Addr) bool {
	for _, i := range n.Interfaces {
		if i.Address.Contains(via) && i.Address.Addr() != via {
			n.Routes = append(n.Routes, Route{Destination: to, Via: via, Interface: i.Name})
			return true
		}
	}
	return false
}

// connected says whether one of the node's interfaces is in exactly this subnet.
func (n *Node) connected(subnet netip.Prefix) bool {
	return slices.ContainsFunc(n.Interfaces, func(i Interface) bool { return i.Address.Masked() == subnet })
}

func (n *Node) hasRoute(to netip.Prefix) bool {
	return slices.ContainsFunc(n.Routes, func(x Route) bool { return x.Destination == to })
}

// sortRoutes puts the most specific first, then by address: the order in which a
// routing table is searched.
func sortRoutes(routes []Route) {
	slices.SortStableFunc(routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Destination.Bits(), a.Destination.Bits()), a.Destination.Addr().Compare(b.Destination.Addr()))
	})
}

// routerGraph says which routers are on each segment.
type routerGraph struct {
	on map[string][]*draft // sorted by name
}

func (r *resolver) graph() routerGraph {
	g := routerGraph{on: map[string][]*draft{}}
	for _, d := range r.nodes {
		if d.Kind != KindRouter {
			continue
		}
		for _, i := range d.Interfaces {
			g.on[i.Segment] = append(g.on[i.Segment], d)
		}
	}
	for _, routers := range g.on {
		slices.SortFunc(routers, func(a, b *draft) int { return cmp.Compare(a.Name, b.Name) })
	}
	return g
}

// addShortest gives a router a route to every segment that it can reach, over the
// fewest routers; among equals the neighbour whose name sorts first.
func (r *resolver) addShortest(d *draft, g routerGraph) {
	first := g.firstHops(d)
	given := Node{Routes: d.Routes} // those of the file: subnets differ
	for _, s := range r.plan.Segments {
		via, ok := first[s.Name]
		if ok && !given.hasRoute(s.Subnet) {
			d.addRoute(s.Subnet, via)
		}
	}
}

// step is a router reached, and the neighbour's address that leads to it.
type step struct {
	router *draft
	via    netip.Addr
}

// firstHops walks the graph breadth first from d and returns, for each segment that
// d is not on, the next hop towards it. Neighbours are visited in order of their names, so the
// first way found is the shortest one with the first name.
func (g routerGraph) firstHops(d *draft) map[string]netip.Addr {
	first := map[string]netip.Addr{}
	seen := map[*draft]bool{d: true}
	near := map[string]bool{}
	for _, i := range d.Interfaces {
		near[i.Segment] = true
	}
	queue := g.neighbours(d, seen)
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, i := range at.router.Interfaces {
			if near[i.Segment] {
				continue
			}
			near[i.Segment] = true
			first[i.Segment] = at.via
			queue = append(queue, g.onward(i.Segment, at.via, seen)...)
		}
	}
	return first
}

// neighbours are the routers that share a segment with d, by name.
func (g routerGraph) neighbours(d *draft, seen map[*draft]bool) []step {
	var steps []step
	for _, i := range d.Interfaces {
		for _, n := range g.on[i.Segment] {
			if !seen[n] {
				seen[n] = true
				steps = append(steps, step{n, n.addressOn(i.Segment)})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.router.Name, b.router.Name) })
	return steps
}

func (g routerGraph) onward(segment string, via netip.Addr, seen map[*draft]bool) []step {
	var steps []step
	for _, n := range g.on[segment] {
		if !seen[n] {
			seen[n] = true
			steps = append(steps, step{n, via})
		}
	}
	return steps
}
