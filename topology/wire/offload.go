package wire

import "encoding/binary"

// offload is what a packet socket says before each frame (struct virtio_net_hdr, linux/virtio_net.h):
// what the sender left to the network card.
//
//	0 flags  1 gso_type  2 hdr_len  4 gso_size  6 csum_start  8 csum_offset
type offload []byte

const (
	offloadHeader = 10

	needsChecksum = 1 // flags: the checksum is still that of the pseudo-header

	gsoNone  = 0
	gsoTCPv4 = 1
	gsoTCPv6 = 4
	gsoUDP   = 5 // UDP_SEGMENT
	gsoECN   = 0x80
)

func (o offload) partial() bool       { return o[0]&needsChecksum != 0 }
func (o offload) kind() byte          { return o[1] &^ gsoECN }
func (o offload) size() int           { return int(binary.NativeEndian.Uint16(o[4:])) }
func (o offload) checksumStart() int  { return int(binary.NativeEndian.Uint16(o[6:])) }
func (o offload) checksumOffset() int { return int(binary.NativeEndian.Uint16(o[8:])) }
func (o offload) setPartial(start, offset int) {
	o[0] |= needsChecksum
	binary.NativeEndian.PutUint16(o[6:], uint16(start))
	binary.NativeEndian.PutUint16(o[8:], uint16(offset))
}

// setHeaders says how much of the frame the kernel needs in one piece.
func (o offload) setHeaders(n int) { binary.NativeEndian.PutUint16(o[2:], uint16(n)) }

// shift says that the headers have become longer in front.
func (o offload) shift(by int) {
	if n := binary.NativeEndian.Uint16(o[2:]); n > 0 {
		binary.NativeEndian.PutUint16(o[2:], n+uint16(by))
	}
	if o.partial() {
		binary.NativeEndian.PutUint16(o[6:], uint16(o.checksumStart()+by))
	}
}

// whole says that the frame is one packet.
func (o offload) whole() {
	o[1] = gsoNone
	binary.NativeEndian.PutUint16(o[2:], 0)
	binary.NativeEndian.PutUint16(o[4:], 0)
}

// finish computes the checksum that was left to the card.
func (o offload) finish(frame []byte) {
	if !o.partial() {
		return
	}
	start, at := o.checksumStart(), o.checksumStart()+o.checksumOffset()
	o[0] &^= needsChecksum
	if at+2 > len(frame) {
		return
	}
	sum := ^fold(add(0, frame[start:]))
	if sum == 0 {
		sum = 0xffff // 0 is: no checksum (RFC 768); the two are equal in ones' complement
	}
	binary.BigEndian.PutUint16(frame[at:], sum)
}

// add sums 16-bit words as the Internet checksum does (RFC 1071).
func add(sum uint64, b []byte) uint64 {
	for ; len(b) >= 8; b = b[8:] {
		v := binary.BigEndian.Uint64(b)
		sum += v>>48 + v>>32&0xffff + v>>16&0xffff + v&0xffff
	}
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	return sum
}

func fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
