package datagram

import (
	"errors"
	"net/netip"

	"netsim/nodes"
)

// ErrFull is what Outlet.Send says of a datagram that it has not sent.
var ErrFull = errors.New("the address has not taken what it was sent before")

// Fan sends to many peers from the port of one socket, so that none of them waits for another.
//
// A datagram to a neighbour that does not answer ARP is kept by the kernel for seconds, on
// the account of the socket that sent it. A few such neighbours fill a socket's buffer, and
// nobody else is sent anything. So each address has a socket of its own for what it is sent:
//
//	              ┌───────────────┐
//	everybody ───►│ Socket        │ receives all that comes to the port
//	              ├───────────────┤
//	 10.1.0.2 ◄───│ Outlet        │ same port, sends only
//	 10.2.0.7 ◄───│ Outlet        │
//	              └───────────────┘
//
// What is sent carries the socket's port and the address that was asked. Elsewhere than on
// Linux all is sent by the one socket. Its methods are safe for concurrent use.
type Fan struct {
	socket *Socket
	fan
}

// Fan makes the socket's fan. The socket must not be closed before it.
func (s *Socket) Fan() (*Fan, error) {
	f := &Fan{socket: s}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// Unreachable is a peer that ICMP, or this node's own kernel, says cannot be reached.
type Unreachable struct {
	Peer netip.AddrPort
	Word nodes.Word // refused, host unreachable, …
}
