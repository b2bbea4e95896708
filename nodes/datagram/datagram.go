// Package datagram is a UDP socket for servers that listen on all of a node's
// addresses. A plain socket answers from the address of the interface that the answer
// leaves by, which on a router need not be the one that was asked; a client that is
// connected to that one never sees such an answer. This socket answers from the address
// that was asked, and also tells when the kernel took a datagram in.
//
// Both need Linux; elsewhere it is a plain socket.
package datagram

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"netsim/nodes"
)

// MaxSize is the most that a datagram over IPv4 carries, in bytes.
const MaxSize = 65507

// Socket is a UDP socket. Its methods are safe for concurrent use.
type Socket struct {
	conn *net.UDPConn
}

// Origin is where a datagram came from, and where it came to.
type Origin struct {
	From netip.AddrPort // the sender
	To   netip.Addr     // this node's address; not valid where it is not known
	Dest netip.Addr     // the destination in its IP header: To, a broadcast or a multicast address; not valid where it is not known
	At   time.Time      // when the kernel took it in, by the wall clock; else when it was read

	Interface int // index of the one that it came in by; 0 where it is not known
	Missed    int // of a socket with CountMissed: datagrams that the kernel had no room for until then
}

// Listen opens a socket on all IPv4 addresses of the node. Port 0 means any free one.
func Listen(port int) (*Socket, error) { return listen(net.ListenConfig{}, port) }

func listen(config net.ListenConfig, port int) (*Socket, error) {
	c, err := config.ListenPacket(context.Background(), "udp4", ":"+strconv.Itoa(port))
	if err != nil {
		return nil, nodes.ListenFailure(err, port)
	}
	conn := c.(*net.UDPConn)
	_ = conn.SetReadBuffer(4 << 20) // as much of it as the system allows
	s := &Socket{conn: conn}
	if err := s.watch(); err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

// Port is the socket's port.
func (s *Socket) Port() int { return s.conn.LocalAddr().(*net.UDPAddr).Port }

// Receive waits for a datagram. It ends with net.ErrClosed once the socket is closed.
func (s *Socket) Receive(b []byte) (int, Origin, error) {
	oob := make([]byte, 128)
	n, oobn, _, from, err := s.conn.ReadMsgUDPAddrPort(b, oob)
	o := Origin{From: netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), At: time.Now()}
	o.read(oob[:oobn])
	return n, o, err
}

// Reply sends a datagram back to where another came from.
func (s *Socket) Reply(b []byte, to Origin) error {
	_, _, err := s.conn.WriteMsgUDPAddrPort(b, to.source(), to.From)
	return err
}

// Close ends the socket; Receive returns.
func (s *Socket) Close() error { return s.conn.Close() }

// Address is where the socket listens.
func (s *Socket) Address() net.Addr { return s.conn.LocalAddr() }

// Interrupt makes Receive return, now and later, with os.ErrDeadlineExceeded; the socket can
// still send.
func (s *Socket) Interrupt() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) }
