package probe

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// packet is a UDP packet of a measurement.
//
//	 0       4               12      16              24
//	+-------+---------------+-------+---------------+- - - - - - - -+-------+
//	| "NSp1"|    session    | number|   sent, ns    |    pattern    | CRC-32|
//	+-------+---------------+-------+---------------+- - - - - - - -+-------+
//
// Numbers are big-endian; sent is Unix time by the sender's clock. The CRC (IEEE) covers all
// before it, so a changed bit anywhere is noticed.
type packet struct {
	session uint64
	number  uint32 // from 1
	sent    time.Time
}

const (
	magic      = "NSp1"
	patternAt  = 24
	packetSize = patternAt + 8 // the least, with 4 bytes of pattern
)

// blank is a packet's bytes with only the pattern in them.
func blank(size int) []byte {
	b := make([]byte, size)
	copy(b, magic)
	for i := patternAt; i < size-4; i++ {
		b[i] = byte(i)
	}
	return b
}

// put writes the packet into a blank.
func (p packet) put(b []byte) {
	binary.BigEndian.PutUint64(b[4:], p.session)
	binary.BigEndian.PutUint32(b[12:], p.number)
	binary.BigEndian.PutUint64(b[16:], uint64(p.sent.UnixNano()))
	end := len(b) - 4
	binary.BigEndian.PutUint32(b[end:], crc32.ChecksumIEEE(b[:end]))
}

// parsePacket reads a packet. ok says whether it is one that arrived intact; what it was
// before it was changed, the fields of one that is not can only suggest.
func parsePacket(b []byte) (p packet, ok bool) {
	if len(b) < packetSize {
		return packet{}, false
	}
	p = packet{
		session: binary.BigEndian.Uint64(b[4:]),
		number:  binary.BigEndian.Uint32(b[12:]),
		sent:    time.Unix(0, int64(binary.BigEndian.Uint64(b[16:]))),
	}
	end := len(b) - 4
	return p, string(b[:4]) == magic && binary.BigEndian.Uint32(b[end:]) == crc32.ChecksumIEEE(b[:end])
}
