package datagram

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// watch asks for the control messages that read reads (ip(7), socket(7)).
func (s *Socket) watch() error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) { set = Watch(int(fd)) })
	return errors.Join(err, set)
}

// Watch makes a socket's datagrams come with what ReceiveFrom reads.
func Watch(fd int) error {
	return errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
	)
}

func (o *Origin) read(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_PKTINFO && len(m.Data) >= 12:
			// struct in_pktinfo: interface, local address, header's destination
			o.Interface = int(int32(binary.NativeEndian.Uint32(m.Data)))
			o.To, o.Dest = netip.AddrFrom4([4]byte(m.Data[4:8])), netip.AddrFrom4([4]byte(m.Data[8:12]))
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16:
			o.At = time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_RXQ_OVFL && len(m.Data) >= 4:
			o.Missed = int(binary.NativeEndian.Uint32(m.Data))
		}
	}
}

// source is the control message that makes an answer leave from the address that was
// asked. The interface is left to the routing table.
func (o Origin) source() []byte {
	if !o.To.Is4() {
		return nil
	}
	return unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: o.To.As4()})
}

// ReceiveFrom takes a datagram from a socket that Watch was called on, without waiting
// and without the runtime's poller: for loops that poll by themselves.
func ReceiveFrom(fd int, b []byte) (int, Origin, error) {
	oob := make([]byte, 128)
	n, oobn, _, from, err := unix.Recvmsg(fd, b, oob, unix.MSG_DONTWAIT)
	if err != nil {
		return 0, Origin{}, err
	}
	o := Origin{At: time.Now()}
	if sender, ok := from.(*unix.SockaddrInet4); ok {
		o.From = netip.AddrPortFrom(netip.AddrFrom4(sender.Addr), uint16(sender.Port))
	}
	o.read(oob[:oobn])
	return n, o, nil
}

// ReplyFrom is Reply for such loops.
func ReplyFrom(fd int, b []byte, to Origin) error {
	return unix.Sendmsg(fd, b, to.source(), &unix.SockaddrInet4{Addr: to.From.Addr().As4(), Port: int(to.From.Port())}, unix.MSG_DONTWAIT)
}

// FD is the socket's file descriptor, valid until Close, for loops that poll by themselves.
func (s *Socket) FD() (fd int, err error) {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	err = raw.Control(func(p uintptr) { fd = int(p) })
	return fd, err
}
