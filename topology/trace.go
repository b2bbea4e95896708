package topology

import (
	"net/netip"
)

// Outcome is how a packet's way ends. The words are those of the programs' `error`
// field where there is one.
type Outcome string

const (
	Delivered          Outcome = "delivered"
	NetworkUnreachable Outcome = "network unreachable" // no route at the node where it stops (RFC 792, code 0)
	HostUnreachable    Outcome = "host unreachable"    // the address is on a segment of that node, and nobody has it (RFC 792, code 1)
	TTLExceeded        Outcome = "ttl exceeded"        // RFC 792, time exceeded in transit
	NotForwarded       Outcome = "not forwarded"       // that node is a host: it drops silently what is not its own
)

// Hop is a node that the packet reaches, and the address of the interface on which it
// arrives there.
type Hop struct {
	Node    string     `json:"node"`
	Address netip.Addr `json:"address"`
}

// Path is a packet's way through a plan.
//
//	alice ──office── gw ──workshop── carol
//	From   └──────── Hops ───────────────┘   TTL 64 → 64 at gw → 63 at carol
type Path struct {
	From    string     `json:"from"`
	Source  netip.Addr `json:"source"` // the sender's address, if it could send
	To      netip.Addr `json:"to"`
	Hops    []Hop      `json:"hops"`
	Outcome Outcome    `json:"outcome"`
	At      string     `json:"at"`  // the node where it ends
	TTL     int        `json:"ttl"` // as the packet arrives at At; 0 when exceeded there
}

// Names returns the nodes of the hops: what a trace prints.
func (p Path) Names() []string {
	names := make([]string, len(p.Hops))
	for i, h := range p.Hops {
		names[i] = h.Node
	}
	return names
}

// DefaultTTL is the hop limit that nodes send with (RFC 1700).
const DefaultTTL = 64

// Trace walks a packet from a node to an address, as RFC 1812 routers would pass it on:
// the longest matching prefix decides, each router takes one off the TTL. It is the oracle that real networks
// are held against. An unknown sender gives NetworkUnreachable at that name.
func Trace(p *Plan, from string, to netip.Addr, ttl int) Path {
	return NewOracle(p).Trace(from, to, ttl)
}

// Oracle answers questions on one plan. It indexes the plan, so that many questions
// cost little; the plan must not change while it is used.
type Oracle struct {
	plan   *Plan
	nodes  map[string]*Node
	owners map[netip.Addr]*Node
}

// NewOracle indexes a plan.
func NewOracle(p *Plan) *Oracle {
	o := &Oracle{plan: p, nodes: map[string]*Node{}, owners: map[netip.Addr]*Node{}}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		o.nodes[n.Name] = n
		for _, x := range n.Interfaces {
			o.owners[x.Address.Addr()] = n
		}
	}
	return o
}

// Trace is the package's Trace on the oracle's plan.
func (o *Oracle) Trace(from string, to netip.Addr, ttl int) Path {
	path := Path{From: from, To: to, At: from, TTL: ttl}
	n := o.nodes[from]
	if n == nil {
		path.Outcome = NetworkUnreachable
		return path
	}
	if n.owns(to) {
		path.Source, path.Outcome, path.Hops = to, Delivered, []Hop{{from, to}}
		return path
	}
	for path.Outcome == "" {
		n = o.step(&path, n)
	}
	return path
}

// step sends the packet on from n over one segment, and returns the node where it
// arrives; the outcome is set when the way ends. A router looks for a route before it
// looks at the TTL, as Linux does.
func (o *Oracle) step(path *Path, n *Node) *Node {
	out, next := n.lookup(path.To)
	if out == nil {
		path.Outcome = NetworkUnreachable
		return nil
	}
	if len(path.Hops) == 0 {
		path.Source = out.Address.Addr()
	} else if path.TTL--; path.TTL < 1 {
		path.Outcome = TTLExceeded
		return nil
	}
	arrived := o.onSegment(next, out.Segment)
	if arrived == nil {
		path.Outcome = HostUnreachable
		return nil
	}
	path.Hops = append(path.Hops, Hop{arrived.Name, arrived.addressOn(out.Segment)})
	path.At = arrived.Name
	path.Outcome = receive(path, arrived)
	return arrived
}

// receive says what a node does with a packet that arrives; "" is: pass it on.
func receive(path *Path, n *Node) Outcome {
	switch {
	case n.owns(path.To):
		return Delivered
	case !n.Forwards():
		return NotForwarded
	}
	return ""
}

// lookup finds the longest matching prefix: the interface to send on and the
// neighbour to send to.
func (n *Node) lookup(to netip.Addr) (*Interface, netip.Addr) {
	var out *Interface
	next, best := to, -1
	for i := range n.Interfaces {
		if x := &n.Interfaces[i]; x.Address.Contains(to) && x.Address.Bits() > best {
			out, best = x, x.Address.Bits()
		}
	}
	for _, r := range n.Routes {
		if r.Destination.Contains(to) && r.Destination.Bits() > best {
			out, next, best = n.iface(r.Interface), r.Via, r.Destination.Bits()
		}
	}
	return out, next
}

func (n *Node) iface(name string) *Interface {
	for i := range n.Interfaces {
		if n.Interfaces[i].Name == name {
			return &n.Interfaces[i]
		}
	}
	return nil
}

// owns says whether the address is one of the node's.
func (n *Node) owns(a netip.Addr) bool {
	for _, x := range n.Interfaces {
		if x.Address.Addr() == a {
			return true
		}
	}
	return false
}

// onSegment is the node that answers ARP for an address on a segment, or nil.
func (o *Oracle) onSegment(a netip.Addr, segment string) *Node {
	n := o.owners[a]
	if n == nil || !n.on(segment) {
		return nil
	}
	return n
}

// Echo is what a ping (ICMP echo, RFC 792) between two nodes says.
type Echo struct {
	Received bool    // a reply comes back
	TTL      int     // of the reply as it arrives; 0 when none does
	Error    Outcome // what the sender is told; "" with Received, and when it is told nothing (a timeout)
	At       string  // the node that told it
	There    Path    // the request's way
	Back     Path    // the reply's or the error message's way; zero where there is none
}

// Echo says what pinging an address from a node gives.
func (o *Oracle) Echo(from string, to netip.Addr) Echo {
	e := Echo{There: o.Trace(from, to, DefaultTTL)}
	switch {
	case e.There.Outcome == NotForwarded:
		return e
	case e.There.At == from && e.There.Outcome != Delivered:
		e.Error, e.At = e.There.Outcome, from // its own kernel says so
		return e
	}
	e.Back = o.Trace(e.There.At, e.There.Source, DefaultTTL)
	if e.Back.Outcome != Delivered {
		return e
	}
	if e.There.Outcome == Delivered {
		e.Received, e.TTL = true, e.Back.TTL
		return e
	}
	e.Error, e.At = e.There.Outcome, e.There.At
	return e
}
