package wire

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"netsim/topology"
)

// flowKey tells flows apart.
type flowKey struct {
	ether        uint16
	proto        uint8
	kind         uint8 // ICMP type + 1
	vlan         uint16
	echo         bool // ICMP echo: sport is its identifier
	src, dst     [16]byte
	sport, dport uint16
}

// ephemeral is where Linux begins with ports that nobody chose (ip_local_port_range, ip(7)).
const ephemeral = 32768

// identity is the key without what differs from run to run: ports and identifiers that the kernel
// picks. Flows of one identity are told apart by the order in which they appear.
func (k flowKey) identity() flowKey {
	if k.sport >= ephemeral || k.echo {
		k.sport = 0
	}
	if k.dport >= ephemeral {
		k.dport = 0
	}
	return k
}

// bytes is the identity for hashing.
func (k flowKey) bytes() []byte {
	b := binary.BigEndian.AppendUint16(nil, k.ether)
	b = append(b, k.proto, k.kind)
	b = append(append(b, k.src[:]...), k.dst[:]...)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, k.sport), k.dport)
	if k.vlan != 0 {
		b = binary.BigEndian.AppendUint16(b, k.vlan)
	}
	return b
}

func (k flowKey) address(raw [16]byte) netip.Addr {
	switch k.ether {
	case etherIPv4:
		return netip.AddrFrom4([4]byte(raw[:4]))
	case etherIPv6:
		return netip.AddrFrom16(raw)
	}
	return netip.Addr{}
}

func (k flowKey) from() netip.Addr { return k.address(k.src) }
func (k flowKey) to() netip.Addr   { return k.address(k.dst) }

// flow is the key as the ledger has it.
func (k flowKey) flow() topology.Flow {
	f := topology.Flow{Protocol: k.protocol()}
	if from, to := k.from(), k.to(); from.IsValid() {
		f.From, f.To = netip.AddrPortFrom(from, k.sport), netip.AddrPortFrom(to, k.dport)
	}
	if k.echo {
		f.From, f.ID = netip.AddrPortFrom(f.From.Addr(), 0), k.sport
	}
	return f
}

func (k flowKey) protocol() string {
	switch {
	case k.ether == etherARP:
		return "arp"
	case k.ether != etherIPv4 && k.ether != etherIPv6:
		return fmt.Sprintf("ether %04x", k.ether)
	case k.echo:
		return "icmp echo"
	}
	switch k.proto {
	case protoICMP, protoICMPv6:
		return "icmp"
	case protoIGMP:
		return "igmp"
	case protoTCP:
		return "tcp"
	case protoUDP:
		return "udp"
	}
	return fmt.Sprintf("ip %d", k.proto)
}

// Bounds of what is remembered of flows. Beyond them, the flows that have been silent longest
// are forgotten: should they go on, they count as new ones.
const (
	maxFlows      = 1 << 16
	maxIdentities = 1 << 17
	maxFragments  = 256
)

// flow is what is remembered of one.
type flow struct {
	key     flowKey
	keys    [purposes]uint64 // of the draws
	n       uint64           // packets so far
	used    uint64           // when the last one came, in packets of the table
	initial uint32           // sequence number of a TCP connection

	bad       bool // in a burst of losses
	chosen    int  // of the current block of a Drop
	reordered bool // the packet before is to be overtaken
	held      []*pending
}

// flowTable finds flows by their keys.
type flowTable struct {
	base     uint64 // of seed, link and direction
	flows    map[flowKey]*flow
	ordinals map[flowKey]uint64 // flows so far, by identity
	clock    uint64
	last     *flow // packets come in trains

	fragments map[fragmentKey]flowKey
	order     []fragmentKey
}

// fragmentKey tells which IP packet a fragment belongs to.
type fragmentKey struct {
	src, dst [16]byte
	proto    uint8
	id       uint32
}

func newFlowTable(base uint64) *flowTable {
	return &flowTable{base: base, flows: map[flowKey]*flow{}, ordinals: map[flowKey]uint64{}, fragments: map[fragmentKey]flowKey{}}
}

// find is the flow of a packet; a new one, where it is the first.
func (t *flowTable) find(p *packet) *flow {
	key := t.whole(p)
	t.clock++
	f := t.last
	if f == nil || f.key != key {
		if f = t.flows[key]; f == nil {
			f = t.add(key)
		}
	}
	if p.syn {
		f = t.begin(f, p.sequence)
	}
	f.used, t.last = t.clock, f
	return f
}

// begin tells a new TCP connection from an old one between the same ports: by its initial sequence
// number, which a SYN that is sent again repeats.
func (t *flowTable) begin(f *flow, sequence uint32) *flow {
	if f.n > 0 && f.initial != sequence {
		f = t.add(f.key)
	}
	f.initial = sequence
	return f
}

func (t *flowTable) add(key flowKey) *flow {
	if len(t.flows) >= maxFlows {
		t.forget()
	}
	if len(t.ordinals) >= maxIdentities {
		clear(t.ordinals)
	}
	identity := key.identity()
	f := &flow{key: key, keys: drawKeys(t.base, identity, t.ordinals[identity])}
	t.ordinals[identity]++
	t.flows[key] = f
	return f
}

// forget drops the flows that had no packet among the latest ones.
func (t *flowTable) forget() {
	for window := uint64(maxFlows) * 4; len(t.flows) > maxFlows*3/4; window /= 2 {
		for key, f := range t.flows {
			if t.clock-f.used > window {
				delete(t.flows, key)
			}
		}
	}
}

// whole gives a fragment the key of the IP packet that it belongs to, by what the first one said;
// where that was not seen, its own, without ports.
func (t *flowTable) whole(p *packet) flowKey {
	if !p.first && !p.fragment {
		return p.key
	}
	at := fragmentKey{p.key.src, p.key.dst, p.key.proto, p.id}
	if p.first {
		t.remember(at, p.key)
	}
	if key, known := t.fragments[at]; known {
		return key
	}
	return p.key
}

func (t *flowTable) remember(at fragmentKey, key flowKey) {
	if _, again := t.fragments[at]; !again {
		t.order = append(t.order, at)
	}
	t.fragments[at] = key
	if len(t.order) > maxFragments {
		delete(t.fragments, t.order[0])
		t.order = append(t.order[:0], t.order[1:]...)
	}
}

// count counts a packet that nothing is decided upon.
func (f *flow) count() uint64 {
	f.n++
	return f.n
}

// release forgets a held packet that nothing came to overtake.
func (f *flow) release(h *pending) {
	f.held = slices.DeleteFunc(f.held, func(other *pending) bool { return other == h })
}
