package wire

import "encoding/binary"

// EtherTypes and IP protocols that are looked into.
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherIPv6 = 0x86dd

	etherVLAN     = 0x8100
	etherProvider = 0x88a8
	vlanTag       = 4 // bytes

	protoICMP   = 1
	protoIGMP   = 2
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58

	etherHeader = 14 // bytes: destination, source, EtherType
	tcpHeader   = 20 // without options
	udpHeader   = 8
)

// packet is what was found in an Ethernet frame.
//
//	┌ 14 ──────┬ ───────────┬ ───────────┬ ────────┐
//	│ Ethernet │ IPv4, IPv6 │ TCP, UDP … │ payload │
//	└──────────┴ ───────────┴ ───────────┴ ────────┘
//	           network      transport    payload
type packet struct {
	key        flowKey
	network    int  // offset of the IP header; 0: not IP
	transport  int  // offset of what the IP packet carries; 0: not IP
	payload    int  // offset of the application's bytes; end where there are none
	end        int  // where the IP packet ends; padding may follow
	signalling bool // ARP, IPv6 neighbour discovery, or about membership in multicast groups: what kernels say of themselves
	first      bool // the first fragment of an IP packet
	fragment   bool // another
	id         uint32
	syn        bool // TCP: the first packet of a connection in this direction
	sequence   uint32
}

// parse looks into an Ethernet frame. What it does not understand, or what is cut short, is a flow by
// its EtherType or IP protocol.
func parse(frame []byte) packet {
	p := packet{payload: len(frame), end: len(frame)}
	if len(frame) < etherHeader {
		return p
	}
	at := p.parseEther(frame)
	switch p.key.ether {
	case etherARP:
		p.signalling = true
	case etherIPv4:
		p.parseIPv4(frame, at)
	case etherIPv6:
		p.parseIPv6(frame, at)
	}
	return p
}

// parseEther looks behind VLAN tags (IEEE 802.1Q); the innermost tells flows apart. It returns where the
// Ethernet header ends.
func (p *packet) parseEther(frame []byte) int {
	at := etherHeader
	p.key.ether = binary.BigEndian.Uint16(frame[at-2:])
	for (p.key.ether == etherVLAN || p.key.ether == etherProvider) && len(frame) >= at+vlanTag {
		p.key.vlan = binary.BigEndian.Uint16(frame[at:]) & 0xfff
		at += vlanTag
		p.key.ether = binary.BigEndian.Uint16(frame[at-2:])
	}
	return at
}

func (p *packet) parseIPv4(frame []byte, at int) {
	ip := frame[at:]
	if len(ip) < 20 || ip[0]>>4 != 4 {
		return
	}
	header, total := int(ip[0]&0xf)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if header < 20 || len(ip) < header {
		return
	}
	p.network, p.transport, p.payload = at, at+header, at+header
	if total >= header && total <= len(ip) { // 0: a super-packet of more than 64 KiB
		p.end = at + total
	}
	p.key.proto = ip[9]
	copy(p.key.src[:], ip[12:16])
	copy(p.key.dst[:], ip[16:20])
	p.id = uint32(binary.BigEndian.Uint16(ip[4:]))
	const moreFragments = 0x2000
	flags := binary.BigEndian.Uint16(ip[6:])
	p.fragment, p.first = flags&0x1fff != 0, flags&(moreFragments|0x1fff) == moreFragments
	p.parseTransport(frame)
}

// parseIPv6 looks behind the extension headers of fragments, and those of hop-by-hop options, which
// messages about group membership have.
func (p *packet) parseIPv6(frame []byte, at int) {
	ip := frame[at:]
	if len(ip) < 40 || ip[0]>>4 != 6 {
		return
	}
	p.network, p.transport, p.payload = at, at+40, at+40
	if n := 40 + int(binary.BigEndian.Uint16(ip[4:])); n > 40 && n <= len(ip) {
		p.end = at + n
	}
	p.key.proto = ip[6]
	copy(p.key.src[:], ip[8:24])
	copy(p.key.dst[:], ip[24:40])
	const hopByHop, fragmentHeader = 0, 44
	switch {
	case p.key.proto == hopByHop && len(ip) >= 48:
		p.key.proto = ip[40]
		skip := (int(ip[41]) + 1) * 8
		p.transport, p.payload = p.transport+skip, p.payload+skip
	case p.key.proto == fragmentHeader && len(ip) >= 48:
		p.key.proto, p.id = ip[40], binary.BigEndian.Uint32(ip[44:])
		p.transport, p.payload = p.transport+8, p.payload+8
		offset := binary.BigEndian.Uint16(ip[42:])
		p.fragment, p.first = offset&0xfff8 != 0, offset&0xfff9 == 1
	}
	p.parseTransport(frame)
}

func (p *packet) parseTransport(frame []byte) {
	t := frame[min(p.transport, len(frame)):]
	switch {
	case p.fragment:
	case p.key.proto == protoTCP && len(t) >= tcpHeader:
		p.ports(t)
		p.payload += int(t[12]>>4) * 4
		p.syn, p.sequence = t[13]&2 != 0, binary.BigEndian.Uint32(t[4:])
	case p.key.proto == protoUDP && len(t) >= udpHeader:
		p.ports(t)
		p.payload += udpHeader
	case p.key.proto == protoICMP && len(t) >= 8:
		p.parseICMP(t, 0, 8)
	case p.key.proto == protoIGMP:
		p.signalling = true
	case p.key.proto == protoICMPv6 && len(t) >= 8:
		p.parseICMP(t, 129, 128)
		p.signalling = t[0] >= 130 && t[0] <= 137 || t[0] == 143 // MLD (RFC 2710, 3810), neighbour discovery (RFC 4861)
	}
	p.payload = min(p.payload, p.end) // what a header says need not be so
}

func (p *packet) ports(t []byte) {
	p.key.sport, p.key.dport = binary.BigEndian.Uint16(t), binary.BigEndian.Uint16(t[2:])
}

// parseICMP tells echoes by their identifier.
func (p *packet) parseICMP(t []byte, reply, request byte) {
	p.key.kind = t[0] + 1 // 0 is a type, too
	p.payload += 8
	if t[0] == reply || t[0] == request {
		p.key.echo = true
		p.key.sport = binary.BigEndian.Uint16(t[4:])
	}
}
