package datagram

import (
	"errors"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// ListenShared is Listen on a port that others of this node may have too, if they share it as
// well (SO_REUSEADDR, socket(7)): each gets its own copy of a broadcast or a multicast.
func ListenShared(port int) (*Socket, error) {
	return listen(net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return control(raw, func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) })
	}}, port)
}

// Join makes the node a member of a multicast group on an interface, for as long as the
// socket is open: its kernel says so by IGMP (IP_ADD_MEMBERSHIP, ip(7)).
func (s *Socket) Join(group netip.Addr, i net.Interface) error {
	m := &unix.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(i.Index)}
	return s.set(func(fd int) error { return unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, m) })
}

// OwnGroups keeps out what comes to groups that others of this node have joined: Linux
// gives it to every socket with that port (IP_MULTICAST_ALL, ip(7)).
func (s *Socket) OwnGroups() error {
	return s.set(func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0) })
}

// CountMissed has Receive tell what was missed (SO_RXQ_OVFL, socket(7)).
func (s *Socket) CountMissed() error {
	return s.set(func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1) })
}

// Multicasts says how multicasts of this socket leave: over at most so many hops (IP_MULTICAST_TTL),
// and whether members on this node hear them too (IP_MULTICAST_LOOP).
func (s *Socket) Multicasts(hops int, loop bool) error {
	own := 0
	if loop {
		own = 1
	}
	return s.set(func(fd int) error {
		return errors.Join(
			unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, hops),
			unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, own))
	})
}

// via is the control message that makes a datagram leave by an interface, whatever the
// routing table says; its source is that interface's address.
func via(i net.Interface) []byte {
	return unix.PktInfo4(&unix.Inet4Pktinfo{Ifindex: int32(i.Index)})
}

func (s *Socket) set(option func(fd int) error) error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, option)
}

func control(raw syscall.RawConn, option func(fd int) error) error {
	var set error
	return errors.Join(raw.Control(func(fd uintptr) { set = option(int(fd)) }), set)
}
