package wire

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// made is a frame in the making: headers in front of each other, from the inside out.
type made []byte

var (
	alice4, bob4 = [4]byte{10, 0, 0, 1}, [4]byte{10, 0, 0, 2}
	alice6, bob6 = [16]byte{0xfd, 15: 1}, [16]byte{0xfd, 15: 2}
)

func (m made) udp(sport, dport uint16) made {
	h := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, sport), dport)
	h = binary.BigEndian.AppendUint16(h, uint16(len(m)+8))
	return append(append(h, 0, 0), m...)
}

// tcp has options so that the header is so long.
func (m made) tcp(header int, flags byte) made {
	h := make([]byte, header)
	binary.BigEndian.PutUint16(h, 40000)
	binary.BigEndian.PutUint16(h[2:], 80)
	binary.BigEndian.PutUint32(h[4:], 0xfffffff0) // wraps around soon
	h[12], h[13] = byte(header/4)<<4, flags
	return append(h, m...)
}

func (m made) icmp(kind byte) made { return append(made{kind, 0, 0, 0, 0, 77, 0, 1}, m...) }

// ip4 has the identification 0xfffe, which wraps around soon.
func (m made) ip4(proto byte, fragment uint16) made {
	h := make([]byte, 20)
	h[0], h[8], h[9] = 0x45, 64, proto
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(m)))
	binary.BigEndian.PutUint16(h[4:], 0xfffe)
	binary.BigEndian.PutUint16(h[6:], fragment)
	copy(h[12:], alice4[:])
	copy(h[16:], bob4[:])
	binary.BigEndian.PutUint16(h[10:], ^plainSum(h))
	return append(h, m...)
}

func (m made) ip6(next byte) made {
	h := make([]byte, 40)
	h[0], h[6], h[7] = 0x60, next, 64
	binary.BigEndian.PutUint16(h[4:], uint16(len(m)))
	copy(h[8:], alice6[:])
	copy(h[24:], bob6[:])
	return append(h, m...)
}

// fragment6 is the extension header of a fragment (RFC 8200, section 4.5).
func (m made) fragment6(next byte, offset uint16) made {
	h := []byte{next, 0, byte(offset >> 8), byte(offset), 0, 0, 0, 9}
	return append(h, m...)
}

func (m made) ether(kind uint16) made {
	h := []byte{2, 0, 10, 0, 0, 2, 2, 0, 10, 0, 0, 1, byte(kind >> 8), byte(kind)}
	return append(h, m...)
}

// plainSum is the Internet checksum as RFC 1071 has it, word by word.
func plainSum(b []byte) uint16 {
	var sum uint32
	for i, v := range b {
		if i%2 == 0 {
			sum += uint32(v) << 8
		} else {
			sum += uint32(v)
		}
		if sum > 0xffff {
			sum -= 0xffff
		}
	}
	return uint16(sum)
}

var hello = made("hello")

// frames are one of each kind.
//
//	network  transport  payload  end
//	│        │          │        │
//	14       34         42       47     of UDP over IPv4 with five bytes
var frames = []struct {
	name                             string
	frame                            made
	protocol                         string
	network, transport, payload, end int
	ports                            [2]uint16
	mark                             string // signalling, first, fragment
}{
	{"udp", hello.udp(40000, 7).ip4(17, 0).ether(0x0800), "udp", 14, 34, 42, 47, [2]uint16{40000, 7}, ""},
	{"udp, padded", append(hello.udp(40000, 7).ip4(17, 0).ether(0x0800), make(made, 13)...), "udp", 14, 34, 42, 47, [2]uint16{40000, 7}, ""},
	{"udp, do not fragment", hello.udp(40000, 7).ip4(17, 0x4000).ether(0x0800), "udp", 14, 34, 42, 47, [2]uint16{40000, 7}, ""},
	{"tcp", hello.tcp(32, 24).ip4(6, 0).ether(0x0800), "tcp", 14, 34, 66, 71, [2]uint16{40000, 80}, ""},
	{"tcp, no payload", made{}.tcp(20, 16).ip4(6, 0).ether(0x0800), "tcp", 14, 34, 54, 54, [2]uint16{40000, 80}, ""},
	{"ping", hello.icmp(8).ip4(1, 0).ether(0x0800), "icmp echo", 14, 34, 42, 47, [2]uint16{77, 0}, ""},
	{"pong", hello.icmp(0).ip4(1, 0).ether(0x0800), "icmp echo", 14, 34, 42, 47, [2]uint16{77, 0}, ""},
	{"unreachable", hello.icmp(3).ip4(1, 0).ether(0x0800), "icmp", 14, 34, 42, 47, [2]uint16{}, ""},
	{"first fragment", hello.udp(40000, 7).ip4(17, 0x2000).ether(0x0800), "udp", 14, 34, 42, 47, [2]uint16{40000, 7}, "first"},
	{"middle fragment", hello.ip4(17, 0x2001).ether(0x0800), "udp", 14, 34, 34, 39, [2]uint16{}, "fragment"},
	{"last fragment", hello.ip4(17, 0x0002).ether(0x0800), "udp", 14, 34, 34, 39, [2]uint16{}, "fragment"},
	{"gre", hello.ip4(47, 0).ether(0x0800), "ip 47", 14, 34, 34, 39, [2]uint16{}, ""},
	{"udp6", hello.udp(40000, 7).ip6(17).ether(0x86dd), "udp", 14, 54, 62, 67, [2]uint16{40000, 7}, ""},
	{"tcp6", hello.tcp(20, 24).ip6(6).ether(0x86dd), "tcp", 14, 54, 74, 79, [2]uint16{40000, 80}, ""},
	{"ping6", hello.icmp(128).ip6(58).ether(0x86dd), "icmp echo", 14, 54, 62, 67, [2]uint16{77, 0}, ""},
	{"solicitation", hello.icmp(135).ip6(58).ether(0x86dd), "icmp", 14, 54, 62, 67, [2]uint16{}, "signalling"},
	{"listener report", append(made{58, 0, 5, 2, 0, 0, 1, 0}, hello.icmp(143)...).ip6(0).ether(0x86dd), "icmp", 14, 62, 70, 75, [2]uint16{}, "signalling"},
	{"igmp", hello.ip4(2, 0).ether(0x0800), "igmp", 14, 34, 34, 39, [2]uint16{}, "signalling"},
	{"first fragment6", hello.udp(40000, 7).fragment6(17, 1).ip6(44).ether(0x86dd), "udp", 14, 62, 70, 75, [2]uint16{40000, 7}, "first"},
	{"last fragment6", hello.fragment6(17, 16).ip6(44).ether(0x86dd), "udp", 14, 62, 62, 67, [2]uint16{}, "fragment"},
	{"atomic fragment6", hello.udp(40000, 7).fragment6(17, 0).ip6(44).ether(0x86dd), "udp", 14, 62, 70, 75, [2]uint16{40000, 7}, ""},
	{"hop by hop", append(made{17, 0, 0, 0, 0, 0, 0, 0}, hello.udp(1, 2)...).ip6(0).ether(0x86dd), "udp", 14, 62, 70, 75, [2]uint16{1, 2}, ""},
	{"arp", made(make([]byte, 28)).ether(0x0806), "arp", 0, 0, 42, 42, [2]uint16{}, "signalling"},
	{"vlan", append(made{0, 5, 8, 0}, hello.udp(40000, 7).ip4(17, 0)...).ether(0x8100), "udp", 18, 38, 46, 51, [2]uint16{40000, 7}, ""},
	{"vlan in vlan", append(made{0, 6, 0x81, 0, 0, 5, 8, 0}, hello.udp(40000, 7).ip4(17, 0)...).ether(0x88a8), "udp", 22, 42, 50, 55, [2]uint16{40000, 7}, ""},
	{"vlan of nothing", made{0, 5}.ether(0x8100), "ether 8100", 0, 0, 16, 16, [2]uint16{}, ""},
	{"lldp", hello.ether(0x88cc), "ether 88cc", 0, 0, 19, 19, [2]uint16{}, ""},
	{"not version 4", hello.ip6(17).ether(0x0800), "ip 0", 0, 0, 59, 59, [2]uint16{}, ""},
	{"tcp header longer than all", hello.tcp(20, 0).ip4(6, 0).ether(0x0800).with(14+20+12, 0xf0), "tcp", 14, 34, 59, 59, [2]uint16{40000, 80}, ""},
	{"shorter than its headers", append(made{}.ip4(17, 0), hello.udp(40000, 7)...).ether(0x0800), "udp", 14, 34, 34, 34, [2]uint16{40000, 7}, ""},
}

// with sets a byte.
func (m made) with(at int, v byte) made {
	m = bytes.Clone(m)
	m[at] = v
	return m
}

func TestFrames(t *testing.T) {
	for _, x := range frames {
		p := parse(x.frame)
		if got := p.key.protocol(); got != x.protocol {
			t.Errorf("%s: %q, want %q", x.name, got, x.protocol)
		}
		if got := [4]int{p.network, p.transport, p.payload, p.end}; got != [4]int{x.network, x.transport, x.payload, x.end} {
			t.Errorf("%s: offsets %v, want %v", x.name, got, [4]int{x.network, x.transport, x.payload, x.end})
		}
		if got := [2]uint16{p.key.sport, p.key.dport}; got != x.ports {
			t.Errorf("%s: ports %v, want %v", x.name, got, x.ports)
		}
		if p.signalling != (x.mark == "signalling") || p.first != (x.mark == "first") || p.fragment != (x.mark == "fragment") {
			t.Errorf("%s: signalling %t, first %t, fragment %t, want %q", x.name, p.signalling, p.first, p.fragment, x.mark)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, x := range frames {
		p := parse(x.frame)
		want := ""
		switch {
		case x.network == 0:
			continue
		case p.key.ether == etherIPv4:
			want = "10.0.0.1 10.0.0.2"
		case p.key.ether == etherIPv6:
			want = "fd00::1 fd00::2"
		}
		if got := p.key.from().String() + " " + p.key.to().String(); got != want {
			t.Errorf("%s: %s, want %s", x.name, got, want)
		}
	}
}

// TestFramesCutShort: what is missing makes a flow of less, and never a panic.
func TestFramesCutShort(t *testing.T) {
	for _, x := range frames {
		for n := range x.frame {
			sound(t, x.name, x.frame[:n:n])
		}
	}
}

// sound checks what holds for every frame.
func sound(t *testing.T, name string, frame []byte) {
	t.Helper()
	p := parse(frame)
	if p.payload > p.end || p.end > len(frame) || p.network > 0 && (p.transport < p.network+20 || p.transport > len(frame)) {
		t.Errorf("%s, %d bytes: offsets %d %d %d %d", name, len(frame), p.network, p.transport, p.payload, p.end)
	}
}

// FuzzFrame does everything that a lane does to frames that may say anything: kind and size are what
// the sender left to the card.
func FuzzFrame(f *testing.F) {
	for _, x := range frames {
		f.Add([]byte(x.frame), byte(gsoNone), uint16(0), uint16(34), uint16(6), uint64(3))
		f.Add([]byte(x.frame), byte(gsoTCPv4), uint16(2), uint16(34), uint16(16), uint64(1<<40)) // three packets of a TCP frame
		f.Add([]byte(x.frame), byte(gsoTCPv6|gsoECN), uint16(1), uint16(54), uint16(16), uint64(5))
		f.Add([]byte(x.frame), byte(gsoUDP), uint16(2), uint16(65535), uint16(65535), uint64(7)) // a checksum beyond the end
	}
	f.Add([]byte(hello.tcp(20, 0).ip4(6, 0).ether(0x0800).with(46, 0)), byte(gsoTCPv4), uint16(1), uint16(34), uint16(16), uint64(0)) // a TCP header of no length
	f.Fuzz(func(t *testing.T, frame []byte, kind byte, size, start, offset uint16, bit uint64) {
		if len(frame) > 65535 {
			return
		}
		sound(t, "frame", frame)
		buffer := buffered(frame, kind, int(size))
		offload(buffer).setPartial(int(start), int(offset))
		p := parse(buffer[offloadHeader:])
		newFlowTable(1).find(&p)
		tr := trainOf(offload(buffer), &p)
		total := 0
		for i := range tr.count {
			total += tr.bits(i)/8 - tr.headers
			if tr.count == 1 || i > 64 {
				continue
			}
			cut := tr.cut(nil, buffer, &p, i, i+1)
			if got, want := len(cut)-offloadHeader, tr.bits(i)/8; got != want {
				t.Errorf("piece %d of %d is %d bytes, want %d", i, tr.count, got, want)
			}
			one := p
			one.end = len(cut) - offloadHeader
			corrupt(cut, &one, bit)
		}
		if total != p.end-p.payload {
			t.Errorf("%d pieces are %d bytes, want %d", tr.count, total, p.end-p.payload)
		}
		corrupt(bytes.Clone(buffer), &p, bit)
		offload(buffer).finish(buffer[offloadHeader:])
	})
}

// buffered puts an offload header before a frame.
func buffered(frame []byte, kind byte, size int) []byte {
	buffer := append(make([]byte, offloadHeader), frame...)
	buffer[1] = kind
	binary.NativeEndian.PutUint16(buffer[4:], uint16(size))
	return buffer
}
