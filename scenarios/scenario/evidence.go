package scenario

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netsim/topology"
)

// shownLines is how many lines of a program's output a failure shows.
const shownLines = 5

// withEvidence adds what explains a failure: what the plan says of the way to the
// addressed node, what was broken there, what links did to its packets, what came instead of
// a result, and what the program said.
func (b *bench) withEvidence(s *Step, rec *Record, f Failure) Failure {
	f.Why = append(f.Why, b.wayOf(s, f.Want)...)
	for _, seen := range rec.Seen {
		f.Why = append(f.Why, "instead came: "+seen)
	}
	if own, ok := b.result(s); ok {
		word, _ := own["error"].(string)
		if c := commandOf(s); c != nil && word != "" && !strings.Contains(f.Got, word) {
			f.Why = append(f.Why, fmt.Sprintf("%s says: %s", c.argv[0], word))
		}
		if from, _ := own["unreachable_from"].(string); from != "" {
			f.Why = append(f.Why, "it was told so by "+b.nameOf(from))
		}
		if text, _ := own["stdout"].(string); !strings.Contains(f.Got, "stdout") {
			f.Why = append(f.Why, quoted("stdout", lastLines(text, shownLines))...)
		}
	}
	f.Why = append(f.Why, quoted("stderr", rec.Stderr)...)
	for _, e := range b.ended[:b.scenes[s.ID].ended] {
		if tellsOf(e) {
			f.Why = append(append(f.Why, endedWords(e)), quoted(e.Name+", stderr", e.Stderr)...)
		}
	}
	return f
}

// wayOf is all that is known of the ways that a step's packets took. What links are set to is told
// where they did nothing to blame by number: then it may be why something took long.
func (b *bench) wayOf(s *Step, want string) []string {
	did := b.faultsOf(s, want)
	if len(did) == 0 {
		did = b.linksOf(s)
	}
	return slices.Concat(b.oracleOf(s, isAboutTTL(want)), b.outagesOf(s), did)
}

// quoted are the last lines of a stream.
func quoted(stream string, lines []string) []string {
	var all []string
	for _, line := range lines[max(0, len(lines)-shownLines):] {
		all = append(all, stream+": "+line)
	}
	return all
}

func isAboutTTL(want string) bool { return strings.Contains(want, "ttl") }

// nameOf is an address with its node's name, where one has it.
func (b *bench) nameOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if n, _ := b.file.Plan.Owner(a); n != nil {
		return n.Name + " (" + address + ")"
	}
	return address
}

// oracleOf is what the plan says of the ways that a step's command uses, with what becomes of the
// TTL where the failure is about that.
func (b *bench) oracleOf(s *Step, aboutTTL bool) []string {
	c := commandOf(s)
	if c == nil {
		return nil
	}
	o := oracle{b.file.Plan, topology.NewOracle(b.file.Plan), aboutTTL}
	var lines []string
	for _, host := range c.hosts() {
		lines = append(lines, o.explain(c.node, host, ttlOf(c))...)
	}
	return lines
}

// ttlOf is what a command's packets are sent with.
func ttlOf(c *command) int {
	if c.call != nil && c.call.Has("ttl") {
		return c.call.Int("ttl")
	}
	return topology.DefaultTTL
}

// oracle explains in words what topology.Oracle says.
type oracle struct {
	plan *topology.Plan
	*topology.Oracle
	aboutTTL bool
}

// explain says how packets go from a node to a host and back, or why not.
func (o oracle) explain(from, host string, ttl int) []string {
	to, ok := o.destination(from, host)
	if !ok {
		return nil
	}
	there := o.Trace(from, to, ttl)
	lines := []string{fmt.Sprintf("%s -> %s: %s", from, host, o.words(there, ttl))}
	if there.Outcome != topology.Delivered || there.At == from {
		return lines
	}
	back := o.Trace(there.At, there.Source, topology.DefaultTTL)
	if back.Outcome != topology.Delivered || !sameWay(there, back) {
		lines = append(lines, fmt.Sprintf("and back, %s -> %s: %s", there.At, from, o.words(back, topology.DefaultTTL)))
	}
	return lines
}

// destination is the address of a host; false where that is not one node's.
func (o oracle) destination(from, host string) (netip.Addr, bool) {
	to, err := netip.ParseAddr(host)
	if err != nil {
		to = o.Address(from, host)
	}
	return to, to.Is4() && !to.IsLoopback() && !to.IsMulticast() && !o.isBroadcast(to)
}

// words is one way: "alice, gw, carol: one router, so ttl 64 arrives as 63".
func (o oracle) words(p topology.Path, ttl int) string {
	switch p.Outcome {
	case topology.NetworkUnreachable:
		return fmt.Sprintf("%s has no route to %s", p.At, o.place(p.To))
	case topology.HostUnreachable:
		return fmt.Sprintf("%s finds nobody on that network who has %s", p.At, p.To)
	case topology.NotForwarded:
		return fmt.Sprintf("%s is a host and passes nothing on", p.At)
	case topology.TTLExceeded:
		return fmt.Sprintf("%s: ttl %d is used up at %s", strings.Join(nodesOf(p), ", "), ttl, p.At)
	}
	way := fmt.Sprintf("%s: %s", strings.Join(nodesOf(p), ", "), routers(len(p.Hops)-1))
	if o.aboutTTL {
		way += fmt.Sprintf(", so ttl %d arrives as %d", ttl, p.TTL)
	}
	return way
}

// place is the subnet that an address belongs to, or else the address.
func (o oracle) place(a netip.Addr) string {
	for _, s := range o.plan.Segments {
		if s.Subnet.Contains(a) {
			return s.Subnet.String()
		}
	}
	return a.String()
}

func (o oracle) isBroadcast(a netip.Addr) bool {
	return a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || slices.ContainsFunc(o.plan.Segments, func(s topology.Segment) bool {
		return topology.Broadcast(s.Subnet) == a
	})
}

// nodesOf is the sender and the nodes on the way.
func nodesOf(p topology.Path) []string { return append([]string{p.From}, p.Names()...) }

func sameWay(there, back topology.Path) bool {
	reversed := nodesOf(back)
	slices.Reverse(reversed)
	return slices.Equal(nodesOf(there), reversed)
}

func routers(n int) string {
	words := []string{"no router", "one router", "two routers", "three routers", "four routers"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return fmt.Sprintf("%d routers", n)
}
