package ping

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes"
	"netsim/nodes/icmp"
)

// socket sends and receives echo messages. An ICMP datagram socket receives the
// replies to its own requests only, and the kernel fills in the identifier; a raw one
// receives everybody's, with the IP header.
type socket struct {
	fd  int
	raw bool
	id  uint16 // of a raw socket's requests
	buf []byte
}

// received is what comes along with a message.
type received struct {
	from netip.Addr
	ttl  int
	at   time.Time // by the kernel's clock; zero when it does not say
}

func open(o options) (*socket, error) {
	s := &socket{id: uint16(rand.Uint32()), buf: make([]byte, 1<<16)}
	var err error
	s.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMP)
	if err != nil {
		s.raw = true
		s.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMP)
	}
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		return nil, nodes.Failf(nodes.Denied, "neither ICMP sockets (sysctl net.ipv4.ping_group_range) nor raw ones (CAP_NET_RAW) are open to this user")
	}
	if err != nil {
		return nil, err
	}
	if err := s.configure(o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *socket) configure(o options) error {
	set := func(level, option, value int) error { return unix.SetsockoptInt(s.fd, level, option, value) }
	broadcast := 0
	if o.broadcast {
		broadcast = 1
	}
	err := errors.Join(
		icmp.WatchErrors(s.fd),
		set(unix.IPPROTO_IP, unix.IP_RECVTTL, 1),
		set(unix.IPPROTO_IP, unix.IP_TTL, o.ttl),
		set(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		set(unix.SOL_SOCKET, unix.SO_BROADCAST, broadcast),
	)
	if s.raw {
		const icmpFilter = 1 // ICMP_FILTER, linux/icmp.h: a bit for each type to keep out
		err = errors.Join(err, set(unix.SOL_RAW, icmpFilter, ^(1<<icmp.EchoReply)))
	}
	return err
}

func (s *socket) Close() error { return unix.Close(s.fd) }

func (s *socket) send(seq uint16, to netip.Addr, data []byte) error {
	b := icmp.Echo{Type: icmp.EchoRequest, ID: s.id, Seq: seq, Data: data}.Marshal()
	for {
		err := unix.Sendto(s.fd, b, 0, &unix.SockaddrInet4{Addr: to.As4()})
		if err != unix.EINTR {
			return err
		}
	}
}

// mine says whether a message belongs to this socket's requests.
func (s *socket) mine(e icmp.Echo) bool { return !s.raw || e.ID == s.id }

// receive takes the next reply to one of this socket's requests, without waiting. The
// message's data is valid until the next call.
func (s *socket) receive() (icmp.Echo, received, bool) {
	oob := make([]byte, 256)
	for {
		n, oobn, _, from, err := unix.Recvmsg(s.fd, s.buf, oob, unix.MSG_DONTWAIT)
		if err != nil { // nothing there, or an error that the queue tells better
			return icmp.Echo{}, received{}, false
		}
		b := s.buf[:n]
		if s.raw {
			b = icmp.TrimIP(b)
		}
		e, err := icmp.ParseEcho(b)
		sender, ok := from.(*unix.SockaddrInet4)
		if err != nil || !ok || e.Type != icmp.EchoReply || !s.mine(e) {
			continue
		}
		r := received{from: netip.AddrFrom4(sender.Addr)}
		r.read(oob[:oobn])
		return e, r, true
	}
}

// read takes hop limit and arrival time from control messages (ip(7), socket(7)).
func (r *received) read(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_TTL && len(m.Data) >= 4:
			r.ttl = int(int32(binary.NativeEndian.Uint32(m.Data)))
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16:
			r.at = time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
}
