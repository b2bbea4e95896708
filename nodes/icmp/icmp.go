// Package icmp is the Internet Control Message Protocol for IPv4 (RFC 792) as far as
// the programs need it: echo messages, what error messages mean, and on Linux the socket
// error queue on which the kernel hands error messages to programs without privileges.
//
// It is a codec: it opens no sockets.
package icmp

import (
	"encoding/binary"
	"errors"
	"fmt"

	"netsim/nodes"
)

// Type is the kind of an ICMP message; the numbers are RFC 792's.
type Type uint8

const (
	EchoReply    Type = 0
	Unreachable  Type = 3
	EchoRequest  Type = 8
	TimeExceeded Type = 11
)

// Echo is an echo request or reply (RFC 792, page 14).
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+---------------+---------------+-------------------------------+
//	|  Type 8 or 0  |    Code 0     |           Checksum            |
//	+---------------+---------------+-------------------------------+
//	|          Identifier           |        Sequence number        |
//	+-------------------------------+-------------------------------+
//	|  Data: the reply has that of its request …
//	+----------------
type Echo struct {
	Type Type // EchoRequest or EchoReply
	ID   uint16
	Seq  uint16
	Data []byte
}

const headerLength = 8 // bytes

// Marshal is the message as it goes on the wire, behind the IP header.
func (e Echo) Marshal() []byte {
	b := make([]byte, headerLength, headerLength+len(e.Data))
	b[0] = byte(e.Type)
	binary.BigEndian.PutUint16(b[4:], e.ID)
	binary.BigEndian.PutUint16(b[6:], e.Seq)
	b = append(b, e.Data...)
	binary.BigEndian.PutUint16(b[2:], Checksum(b))
	return b
}

// ParseEcho reads an echo message and verifies its checksum. Data is a part of b.
func ParseEcho(b []byte) (Echo, error) {
	e, err := ParseEchoHeader(b)
	if err == nil && Checksum(b) != 0 {
		err = errors.New("icmp: wrong checksum")
	}
	return e, err
}

// ParseEchoHeader reads what is there of an echo message. It is for the piece of the
// original message that an error message quotes, which may be no more than the header.
func ParseEchoHeader(b []byte) (Echo, error) {
	if len(b) < headerLength {
		return Echo{}, fmt.Errorf("icmp: %d bytes are too short for a header of %d", len(b), headerLength)
	}
	e := Echo{
		Type: Type(b[0]),
		ID:   binary.BigEndian.Uint16(b[4:]),
		Seq:  binary.BigEndian.Uint16(b[6:]),
		Data: b[headerLength:],
	}
	if e.Type != EchoRequest && e.Type != EchoReply {
		return Echo{}, fmt.Errorf("icmp: type %d is not an echo message", e.Type)
	}
	return e, nil
}

// Checksum is the Internet checksum (RFC 1071) of a message. Over a message whose
// checksum field is right, it is 0.
func Checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// TrimIP removes the IPv4 header from a packet (RFC 791): raw sockets deliver it, others
// do not. What is not a whole header gives nil.
func TrimIP(packet []byte) []byte {
	if len(packet) == 0 || packet[0]>>4 != 4 {
		return nil
	}
	length := int(packet[0]&0xf) * 4
	if length < 20 || length > len(packet) {
		return nil
	}
	return packet[length:]
}

// Word is what an error message says, by its type and code.
//
//	+---------------+---------------+-------------------------------+
//	| Type 3 or 11  |     Code      |           Checksum            |
//	+---------------+---------------+-------------------------------+
//	|                unused, or the next hop's MTU                  |
//	+---------------------------------------------------------------+
//	|  IP header and at least 8 bytes of the message in question …
//	+----------------
//
// The codes of Unreachable are those of RFC 792 and RFC 1812, section 5.2.7.1.
func Word(t Type, code uint8) nodes.Word {
	switch t {
	case TimeExceeded:
		if code == 1 { // fragment reassembly
			return nodes.Timeout
		}
		return nodes.TTLExceeded
	case Unreachable:
		return unreachableWord(code)
	}
	return nodes.Failed
}

func unreachableWord(code uint8) nodes.Word {
	switch code {
	case 0, 6, 11: // network unreachable, unknown, not for this type of service
		return nodes.NetworkUnreachable
	case 1, 7, 8, 12: // host unreachable, unknown, isolated, not for this type of service
		return nodes.HostUnreachable
	case 2, 3: // protocol, port
		return nodes.Refused
	case 4: // fragmentation needed
		return nodes.TooBig
	case 9, 10, 13: // administratively prohibited
		return nodes.Denied
	}
	return nodes.Failed
}
