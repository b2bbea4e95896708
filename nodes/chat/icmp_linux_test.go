package chat_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever ICMP says, forged or not, the room goes on; and only what means that nobody is there puts a
// member out.
func TestForgedICMP(t *testing.T) {
	if !onIsland(t) {
		return
	}
	room, server, alice, bob := islandRoom(t)
	bob.says("bob : hello")
	alice.hears("bob : hello")
	forge := newForger(t)
	for range 20 {
		for _, code := range []byte{4, 5, 9, 10, 13, 14, 15} { // too big, no such source route, prohibited
			forge.unreachable(code, server, netip.MustParseAddrPort(alice.LocalAddr().String()))
		}
		for _, code := range []byte{0, 1, 6, 7, 8, 11, 12} { // not at the moment; bob has spoken
			forge.unreachable(code, server, netip.MustParseAddrPort(bob.LocalAddr().String()))
		}
	}
	for i := range 50 {
		text := fmt.Sprintf("bob : %d", i)
		bob.says(text)
		alice.hears(text)
	}
	forge.unreachable(portUnreachable, server, netip.MustParseAddrPort(alice.LocalAddr().String()))
	if e := room.Await("left"); e["name"] != "alice" || e["reason"] != "unreachable" {
		t.Errorf("got %v", e)
	}
}

// portUnreachable is the code of ICMP destination unreachable that means that nobody is there (RFC 792).
const portUnreachable = 3

// unreachable sends the ICMP message for a datagram that the room is said to have sent to a peer.
func (f forger) unreachable(code byte, room, peer netip.AddrPort) {
	f.t.Helper()
	b := make([]byte, 20+8+20+8)
	b[0], b[8], b[9] = 0x45, 64, unix.IPPROTO_ICMP
	copy(b[12:], peer.Addr().AsSlice())
	copy(b[16:], room.Addr().AsSlice())
	message := b[20:]
	message[0], message[1] = 3, code
	sent := message[8:]
	sent[0], sent[3], sent[8], sent[9] = 0x45, 28, 64, unix.IPPROTO_UDP
	copy(sent[12:], room.Addr().AsSlice())
	copy(sent[16:], peer.Addr().AsSlice())
	binary.BigEndian.PutUint16(sent[20:], room.Port())
	binary.BigEndian.PutUint16(sent[22:], peer.Port())
	binary.BigEndian.PutUint16(sent[24:], 8)
	var sum uint32
	for i := 0; i < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	binary.BigEndian.PutUint16(message[2:], ^uint16(sum+sum>>16))
	if err := unix.Sendto(f.fd, b, 0, &unix.SockaddrInet4{Addr: room.Addr().As4()}); err != nil {
		f.t.Fatal(err)
	}
}
