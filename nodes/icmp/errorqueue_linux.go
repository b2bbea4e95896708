package icmp

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes"
)

// Report is an entry of a socket's error queue: an error message that came for a packet
// that the socket sent, or what this machine's own kernel has to say about it.
type Report struct {
	Local    bool           // from this kernel, without any message
	Errno    syscall.Errno  // as a system call would give it
	Type     Type           // of the message; not for Local
	Code     uint8          // of the message; not for Local
	Offender netip.Addr     // who sent the message
	To       netip.AddrPort // where the packet in question was to go
	Packet   []byte         // the packet in question from its transport's payload on (UDP), or its header on (ICMP)
}

// Word is what the report says.
func (r Report) Word() nodes.Word {
	if r.Local {
		return nodes.WordOf(r.Errno)
	}
	return Word(r.Type, r.Code)
}

// WatchErrors makes the kernel keep a socket's error queue (IP_RECVERR, ip(7)). From then
// on a queued error also fails the next system call on the socket, once.
func WatchErrors(fd int) error {
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
}

// ReadReport takes the oldest entry off the error queue. ok is false when it is empty. It
// does not block.
func ReadReport(fd int) (r Report, ok bool) {
	packet, oob := make([]byte, 2048), make([]byte, 512)
	n, oobn, _, from, err := unix.Recvmsg(fd, packet, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	for err == unix.EINTR {
		n, oobn, _, from, err = unix.Recvmsg(fd, packet, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	}
	if err != nil {
		return Report{}, false
	}
	r.Packet = packet[:n]
	if to, is4 := from.(*unix.SockaddrInet4); is4 {
		r.To = netip.AddrPortFrom(netip.AddrFrom4(to.Addr), uint16(to.Port))
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return r, true
	}
	for _, m := range messages {
		if m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR {
			r.extend(m.Data)
		}
	}
	return r, true
}

// extend reads struct sock_extended_err, and the offender's struct sockaddr_in behind it
// (linux/errqueue.h):
//
//	errno:32  origin:8  type:8  code:8  pad:8  info:32  data:32 | family:16  port:16  address:32
func (r *Report) extend(b []byte) {
	if len(b) < 16 {
		return
	}
	r.Errno = syscall.Errno(binary.NativeEndian.Uint32(b))
	r.Local = b[4] == unix.SO_EE_ORIGIN_LOCAL
	r.Type, r.Code = Type(b[5]), b[6]
	if len(b) >= 24 && binary.NativeEndian.Uint16(b[16:]) == unix.AF_INET {
		r.Offender = netip.AddrFrom4([4]byte(b[20:24]))
	}
}

// Await returns when one of the sockets has something to read, on its error queue or else,
// or when it is time, or when the context ends.
func Await(ctx context.Context, until time.Time, sockets ...int) {
	const slice = 50 * time.Millisecond // how soon the end of a context is noticed
	polled := make([]unix.PollFd, len(sockets))
	for i, fd := range sockets {
		polled[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	}
	for ctx.Err() == nil {
		left := time.Until(until)
		if left <= 0 {
			return
		}
		timeout := unix.NsecToTimespec(int64(min(left, slice)))
		n, err := unix.Ppoll(polled, &timeout, nil)
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
