package scenario

import (
	"fmt"

	"netsim/topology"
)

// mostLinks is how many links a failure tells the settings of.
const mostLinks = 6

// linksOf are the links on the ways of a step's command that are not perfect at its end:
// "link bob.office: delay 300ms, rate 1mbit". Those that are down are outages.
func (b *bench) linksOf(s *Step) []string {
	c, at := commandOf(s), b.scenes[s.ID]
	if c == nil || at.outages == nil || b.foundNoRoute(s) {
		return nil
	}
	o := oracle{plan: b.file.Plan, Oracle: topology.NewOracle(b.file.Plan)}
	var lines []string
	for _, host := range c.hosts() {
		for _, name := range o.cables(c.node, host, ttlOf(c)) {
			if l := at.outages.links[name]; !l.Down && !l.IsPerfect() {
				lines = append(lines, fmt.Sprintf("link %s.%s: %s", name.node, name.network, l))
			}
		}
	}
	lines = onceOnly(lines)
	return lines[:min(len(lines), mostLinks)]
}

// foundNoRoute says whether a step was told so, whatever the plan says: no link is to blame for that.
func (b *bench) foundNoRoute(s *Step) bool {
	own, _ := b.result(s)
	return own["error"] == string(topology.NetworkUnreachable)
}

// cables are the links that packets to a host and their answers pass, in order of the way. There
// are none where the plan has no way there or back: then that is what to tell.
func (o oracle) cables(from, host string, ttl int) []cable {
	to, ok := o.destination(from, host)
	if !ok {
		return nil
	}
	there := o.Trace(from, to, ttl)
	back := o.Trace(there.At, there.Source, topology.DefaultTTL)
	if !isWay(there) || !isWay(back) {
		return nil
	}
	return append(o.along(there), o.along(back)...)
}

// isWay says whether routes alone do not end a path. A TTL that is used up is answered.
func isWay(p topology.Path) bool {
	return p.Outcome == topology.Delivered || p.Outcome == topology.TTLExceeded
}

// along are both ends of each network on a path. What a node sends to itself passes none.
func (o oracle) along(p topology.Path) []cable {
	var all []cable
	from := p.From
	for _, h := range p.Hops {
		if _, x := o.plan.Owner(h.Address); x != nil && h.Node != from {
			all = append(all, cable{from, x.Segment}, cable{h.Node, x.Segment})
		}
		from = h.Node
	}
	return all
}
