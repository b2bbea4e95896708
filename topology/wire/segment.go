package wire

import "encoding/binary"

// train is a super-packet: a frame that stands for several packets of one flow.
//
//	┌ headers ┬ size ─┬ size ─┬ rest ┐          packets 0, 1 and 2, each with
//	│         │ 0     │ 1     │ 2    │          headers of its own on a real wire
//	└─────────┴───────┴───────┴──────┘
type train struct {
	count   int
	headers int // bytes, with Ethernet's
	size    int // payload of each but the last
	payload int // in all
}

// trainOf is the super-packet of a frame; a count of 1 is none.
func trainOf(o offload, p *packet) train {
	t := train{count: 1, headers: p.payload, payload: p.end - p.payload}
	if size := o.size(); size > 0 && t.payload > size && divisible(o.kind(), p) {
		t.size, t.count = size, (t.payload+size-1)/size
	}
	return t
}

// divisible says whether a super-packet's headers are known: those of a tunnel are of the kind of what
// is in it.
func divisible(kind byte, p *packet) bool {
	if p.fragment || p.first {
		return false
	}
	header := p.payload - p.transport
	switch kind {
	case gsoTCPv4:
		return p.key.ether == etherIPv4 && p.key.proto == protoTCP && header >= tcpHeader
	case gsoTCPv6:
		return p.key.ether == etherIPv6 && p.key.proto == protoTCP && header >= tcpHeader
	case gsoUDP:
		return p.key.proto == protoUDP && header == udpHeader
	}
	return false
}

// bits is the size of packet i on the line, with its Ethernet header.
func (t *train) bits(i int) int {
	if t.count == 1 {
		return (t.headers + t.payload) * 8
	}
	return (t.headers + min(t.size, t.payload-i*t.size)) * 8
}

// cut makes the packets from i to before j a frame of their own, in a buffer that is long
// enough. The checksums of TCP and UDP are left to whoever receives it, as they were.
func (t *train) cut(to, from []byte, p *packet, i, j int) []byte {
	begin, end := i*t.size, min(j*t.size, t.payload)
	to = append(to[:0], from[:offloadHeader+t.headers]...)
	to = append(to, from[offloadHeader+t.headers+begin:offloadHeader+t.headers+end]...)
	o, frame := offload(to[:offloadHeader]), to[offloadHeader:]
	o.setHeaders(t.headers) // what was said for all may be more than there is now
	if j-i == 1 {
		o.whole()
	}
	t.fixNetwork(frame, p, i)
	if p.key.proto == protoTCP {
		t.fixTCP(frame[p.transport:], i, j)
		o.setPartial(p.transport, 16)
		putPseudo(frame, p, 16)
		return to
	}
	binary.BigEndian.PutUint16(frame[p.transport+4:], uint16(len(frame)-p.transport))
	o.setPartial(p.transport, 6)
	putPseudo(frame, p, 6)
	return to
}

// fixNetwork sets length, identification and checksum of the IP header.
func (t *train) fixNetwork(frame []byte, p *packet, i int) {
	ip := frame[p.network:]
	if p.key.ether == etherIPv6 {
		binary.BigEndian.PutUint16(ip[4:], length16(len(ip)-40))
		return
	}
	binary.BigEndian.PutUint16(ip[2:], length16(len(ip)))
	binary.BigEndian.PutUint16(ip[4:], uint16(p.id)+uint16(i))
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], ^fold(add(0, ip[:p.transport-p.network])))
}

// length16 is a length as an IP header has it: 0 for a super-packet of more than 64 KiB.
func length16(n int) uint16 {
	if n > 0xffff {
		return 0
	}
	return uint16(n)
}

// fixTCP: what says that data is complete belongs to the last packet, what answers a congestion mark to
// the first.
func (t *train) fixTCP(tcp []byte, i, j int) {
	const fin, psh, cwr = 1, 8, 0x80
	binary.BigEndian.PutUint32(tcp[4:], binary.BigEndian.Uint32(tcp[4:])+uint32(i*t.size))
	if j < t.count {
		tcp[13] &^= fin | psh
	}
	if i > 0 {
		tcp[13] &^= cwr
	}
}

// putPseudo sets a checksum to that of the pseudo-header (RFC 793, RFC 8200), to be completed.
func putPseudo(frame []byte, p *packet, offset int) {
	length := len(frame) - p.transport
	sum := uint64(p.key.proto) + uint64(length)
	if p.key.ether == etherIPv4 {
		sum = add(sum, frame[p.network+12:p.network+20])
	} else {
		sum = add(sum, frame[p.network+8:p.network+40])
	}
	binary.BigEndian.PutUint16(frame[p.transport+offset:], fold(sum))
}

// corrupt flips one bit: of the payload, or of the checksum where there is none; of a frame that
// is not IP, of what follows the Ethernet header. The checksum is finished first, so that it no longer
// fits; that of a super-packet that cannot be divided is beyond reach.
func corrupt(buffer []byte, p *packet, bit uint64) {
	o, frame := offload(buffer[:offloadHeader]), buffer[offloadHeader:]
	if o.kind() == gsoNone {
		o.finish(frame)
	}
	begin, end := p.payload, min(p.end, len(frame))
	switch {
	case p.network == 0:
		begin, end = etherHeader, len(frame)
	case begin >= end:
		begin, end = checksumOf(p), min(checksumOf(p)+2, len(frame))
	}
	if begin >= end {
		return
	}
	bit %= uint64(end-begin) * 8
	frame[begin+int(bit/8)] ^= 1 << (bit % 8)
}

// checksumOf is where the checksum of a packet is.
func checksumOf(p *packet) int {
	switch {
	case p.fragment:
		return etherHeader
	case p.key.proto == protoTCP:
		return p.transport + 16
	case p.key.proto == protoUDP:
		return p.transport + 6
	}
	return p.transport + 2
}
