package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"testing"
)

// superPackets are of 7 packets, the last of which is short.
//
//	┌ headers ┬ 100 ┬ 100 ┬ … ┬ 41 ┐
const superSize, superPayload = 100, 641

var superPackets = []struct {
	name  string
	kind  byte
	proto byte
	frame made
}{
	{"tcp over ipv4", gsoTCPv4, protoTCP, superData().tcp(32, 0xd9).ip4(6, 0x4000).ether(0x0800)}, // CWR ECE ACK PSH FIN
	{"tcp over ipv6", gsoTCPv6, protoTCP, superData().tcp(20, 0xd9).ip6(6).ether(0x86dd)},
	{"tcp with ECN", gsoTCPv4 | gsoECN, protoTCP, superData().tcp(20, 0xd9).ip4(6, 0).ether(0x0800)},
	{"udp over ipv4", gsoUDP, protoUDP, superData().udp(40000, 7).ip4(17, 0).ether(0x0800)},
	{"udp over ipv6", gsoUDP, protoUDP, superData().udp(40000, 7).ip6(17).ether(0x86dd)},
}

func superData() made {
	m := make(made, superPayload)
	for i := range m {
		m[i] = byte(i * 7)
	}
	return m
}

// loaded is a super-packet as a packet socket gives it, with more headers than it has.
func loaded(frame made, kind byte) ([]byte, packet, train) {
	buffer := buffered(frame, kind, superSize)
	p := parse(frame)
	offload(buffer).setHeaders(400)
	offload(buffer).setPartial(p.transport, checksumOf(&p)-p.transport)
	return buffer, p, trainOf(offload(buffer), &p)
}

// each goes through all ways to cut all super-packets.
func each(t *testing.T, check func(t *testing.T, proto byte, whole, cut []byte, p *packet, tr *train, i, j int)) {
	for _, x := range superPackets {
		t.Run(x.name, func(t *testing.T) {
			buffer, p, tr := loaded(x.frame, x.kind)
			if tr.count != 7 || tr.size != superSize || tr.payload != superPayload {
				t.Fatalf("%+v, want 7 packets", tr)
			}
			before := bytes.Clone(buffer)
			for i := range tr.count {
				for j := i + 1; j <= tr.count; j++ {
					check(t, x.proto, x.frame, tr.cut(make([]byte, 0, 2048), buffer, &p, i, j), &p, &tr, i, j)
				}
			}
			if !bytes.Equal(buffer, before) {
				t.Error("cutting changes the super-packet")
			}
		})
	}
}

func TestPiecesHaveTheirPayload(t *testing.T) {
	each(t, func(t *testing.T, _ byte, whole, cut []byte, p *packet, tr *train, i, j int) {
		piece := parse(cut[offloadHeader:])
		want := whole[p.payload+i*superSize : min(p.payload+j*superSize, len(whole))]
		if got := cut[offloadHeader+piece.payload:]; !bytes.Equal(got, want) || piece.end != len(cut)-offloadHeader {
			t.Errorf("%d to %d: %d bytes of payload that end at %d of %d, want %d", i, j, len(got), piece.end, len(cut)-offloadHeader, len(want))
		}
		if piece.key != p.key {
			t.Errorf("%d to %d: another flow: %+v", i, j, piece.key)
		}
		if size := tr.bits(i); j == i+1 && size != 8*(len(cut)-offloadHeader) {
			t.Errorf("%d: %d bits, want those of %d bytes", i, size, len(cut)-offloadHeader)
		}
	})
}

// TestPiecesHaveTheirHeaders: identification and sequence number count on, the first has CWR, the last
// PSH and FIN.
func TestPiecesHaveTheirHeaders(t *testing.T) {
	each(t, func(t *testing.T, proto byte, whole, cut []byte, p *packet, tr *train, i, j int) {
		frame := cut[offloadHeader:]
		if ip := frame[14:]; ip[0]>>4 == 4 {
			if id, want := binary.BigEndian.Uint16(ip[4:]), uint16(0xfffe+i); id != want {
				t.Errorf("%d to %d: identification %#x, want %#x", i, j, id, want)
			}
			if sum := plainSum(ip[:20]); sum != 0xffff {
				t.Errorf("%d to %d: IP header sums up to %#x", i, j, sum)
			}
			if fragment := binary.BigEndian.Uint16(ip[6:]); fragment != binary.BigEndian.Uint16(whole[20:]) {
				t.Errorf("%d to %d: fragment %#x", i, j, fragment)
			}
		}
		if proto == protoUDP {
			if got, want := int(binary.BigEndian.Uint16(frame[p.transport+4:])), len(frame)-p.transport; got != want {
				t.Errorf("%d to %d: UDP length %d, want %d", i, j, got, want)
			}
			return
		}
		tcp := frame[p.transport:]
		if seq, want := binary.BigEndian.Uint32(tcp[4:]), 0xfffffff0+uint32(i*superSize); seq != want {
			t.Errorf("%d to %d: sequence number %#x, want %#x", i, j, seq, want)
		}
		want := byte(0x50) // ACK and ECE are of all
		if i == 0 {
			want |= 0x80
		}
		if j == tr.count {
			want |= 9
		}
		if tcp[13] != want {
			t.Errorf("%d to %d: flags %#x, want %#x", i, j, tcp[13], want)
		}
	})
}

// pseudo sums up what a checksum is of, with the pseudo-header (RFC 793, RFC 8200 section 8.1): 0xffff is right.
func pseudo(frame []byte, p *packet, proto byte) uint16 {
	b := bytes.Clone(frame[p.network+12 : p.network+20])
	if p.key.ether == etherIPv6 {
		b = bytes.Clone(frame[p.network+8 : p.network+40])
	}
	b = append(b, 0, proto)
	b = binary.BigEndian.AppendUint16(b, uint16(len(frame)-p.transport))
	return plainSum(append(b, frame[p.transport:]...))
}

func TestPiecesHaveTheirChecksum(t *testing.T) {
	each(t, func(t *testing.T, proto byte, _, cut []byte, p *packet, _ *train, i, j int) {
		o := offload(cut[:offloadHeader])
		if !o.partial() || o.checksumStart() != p.transport {
			t.Errorf("%d to %d: no checksum is left to the card from %d", i, j, p.transport)
		}
		o.finish(cut[offloadHeader:])
		if sum := pseudo(cut[offloadHeader:], p, proto); sum != 0xffff || o.partial() {
			t.Errorf("%d to %d: sums up to %#x, partial %t", i, j, sum, o.partial())
		}
	})
}

// TestRunsStaySuperPackets: what the kernel reads of headers must not be more than there is.
func TestRunsStaySuperPackets(t *testing.T) {
	each(t, func(t *testing.T, _ byte, _, cut []byte, p *packet, _ *train, i, j int) {
		o := offload(cut[:offloadHeader])
		if headers := int(binary.NativeEndian.Uint16(o[2:])); headers > p.payload {
			t.Errorf("%d to %d: %d bytes of headers, there are %d", i, j, headers, p.payload)
		}
		if one := j == i+1; one != (o[1] == gsoNone) || one != (o.size() == 0) || !one && o.size() != superSize {
			t.Errorf("%d to %d: kind %d of size %d", i, j, o[1], o.size())
		}
		rest := parse(cut[offloadHeader:])
		if again := trainOf(o, &rest); again.count != j-i {
			t.Errorf("%d to %d: a train of %d", i, j, again.count)
		}
	})
}

// TestIndivisible: super-packets whose inner headers are out of sight stay whole, as one packet.
func TestIndivisible(t *testing.T) {
	tcp, udp := superPackets[0].frame, superPackets[3].frame
	for _, x := range []struct {
		name  string
		frame made
		kind  byte
	}{
		{"plain", tcp, gsoNone},
		{"tcp in vxlan", udp, gsoTCPv4},
		{"tcp in gre", tcp[34:].ip4(47, 0).ether(0x0800), gsoTCPv4},
		{"tcp6 in ipv4", tcp, gsoTCPv6},
		{"udp of tcp", tcp, gsoUDP},
		{"ufo", udp, 3},
		{"vlan", tcp[14:].ether(0x8100), gsoTCPv4},
		{"fragment", superData().udp(1, 2).ip4(17, 0x2000).ether(0x0800), gsoUDP},
		{"a header of no length", tcp.with(46, 0), gsoTCPv4},
	} {
		if _, _, tr := loaded(x.frame, x.kind); tr.count != 1 || tr.bits(0) != 8*len(x.frame) {
			t.Errorf("%s: %+v of %d bits, want one packet of %d bytes", x.name, tr, tr.bits(0), len(x.frame))
		}
	}
	p := parse(tcp)
	if tr := trainOf(offload(buffered(tcp, gsoTCPv4, superPayload)), &p); tr.count != 1 {
		t.Errorf("as large as a segment: %+v", tr)
	}
}

// TestCorrupt flips each bit once.
func TestCorrupt(t *testing.T) {
	for _, x := range []struct {
		name       string
		frame      made
		from, bits int
	}{
		{"udp", hello.udp(40000, 7).ip4(17, 0).ether(0x0800), 42, 40},
		{"udp, padded", append(hello.udp(40000, 7).ip4(17, 0).ether(0x0800), make(made, 13)...), 42, 40},
		{"tcp6", hello.tcp(20, 16).ip6(6).ether(0x86dd), 74, 40},
		{"ping", hello.icmp(8).ip4(1, 0).ether(0x0800), 42, 40},
		{"tcp without payload", made{}.tcp(20, 16).ip4(6, 0).ether(0x0800), 34 + 16, 16},
		{"udp without payload", made{}.udp(40000, 7).ip6(17).ether(0x86dd), 54 + 6, 16},
		{"ping without payload", made{}.icmp(8).ip4(1, 0).ether(0x0800), 34 + 2, 16},
		{"fragment", hello.ip4(17, 2).ether(0x0800), 34, 40},
		{"lldp", hello.ether(0x88cc), 14, 40},
	} {
		seen := map[int]bool{}
		for bit := range uint64(2 * x.bits) {
			seen[flipped(t, x.name, x.frame, bit)] = true
		}
		for k := range x.bits {
			if !seen[8*x.from+k] {
				t.Errorf("%s: bit %d of byte %d is never flipped", x.name, k%8, x.from+k/8)
			}
		}
		if len(seen) != x.bits {
			t.Errorf("%s: %d bits are flipped, want %d", x.name, len(seen), x.bits)
		}
	}
}

// flipped is which bit of a frame is flipped, the only one.
func flipped(t *testing.T, name string, frame made, bit uint64) int {
	t.Helper()
	buffer, p := buffered(frame, gsoNone, 0), parse(frame)
	corrupt(buffer, &p, bit)
	at, n := -1, 0
	for i, v := range frame {
		if d := v ^ buffer[offloadHeader+i]; d != 0 {
			n += bits.OnesCount8(d)
			at = 8*i + bits.TrailingZeros8(d)
		}
	}
	if n != 1 {
		t.Errorf("%s: %d bits are flipped", name, n)
	}
	return at
}

// TestCorruptionShows: no receiver takes it for good, also where the checksum was left to the card.
func TestCorruptionShows(t *testing.T) {
	each(t, func(t *testing.T, proto byte, _, cut []byte, p *packet, _ *train, i, j int) {
		if j != i+1 {
			return
		}
		one := *p
		one.end = len(cut) - offloadHeader
		corrupt(cut, &one, uint64(1000*i))
		if sum := pseudo(cut[offloadHeader:], p, proto); sum == 0xffff || offload(cut).partial() {
			t.Errorf("%d: the checksum fits, or is still to be made", i)
		}
	})
}

// TestFinishNeverSaysNone: a UDP checksum of 0 would be none (RFC 768).
func TestFinishNeverSaysNone(t *testing.T) {
	for v := range 0x10000 {
		frame := binary.BigEndian.AppendUint16([]byte{0xff, 0xff, 0, 0}, uint16(v))
		o := offload(make([]byte, offloadHeader))
		o.setPartial(0, 2)
		if o.finish(frame); frame[2] == 0 && frame[3] == 0 || plainSum(frame) != 0xffff {
			t.Fatalf("%#x: % x", v, frame)
		}
	}
}

func TestSums(t *testing.T) {
	b := []byte("The quick brown fox jumps over the lazy dog, twice.\xff\xff\xff\xff")
	for i := range b {
		for j := i; j <= len(b); j++ {
			if got, want := fold(add(0, b[i:j])), plainSum(b[i:j]); got != want {
				t.Fatalf("%q: %#x, want %#x", b[i:j], got, want)
			}
		}
	}
}
