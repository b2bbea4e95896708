// Package stream is TCP for node programs: a server that takes one client after the other or
// several at once, within bounds, and connections that do not wait for ever.
//
//	listener, err := stream.Listen(9001)
//	s := stream.Server{Listener: listener, Clients: 1, Logf: call.Logf, Serve: func(ctx context.Context, c *stream.Conn) {
//		io.Copy(c, c)
//	}}
//	s.Run(ctx) // until ctx ends
//
// A port that a server has left can be listened on again at once: net sets SO_REUSEADDR.
package stream

import (
	"context"
	"net"
	"net/netip"
	"time"

	"netsim/nodes"
	"netsim/nodes/datagram"
	"netsim/nodes/lookup"
)

// Listen opens a TCP socket on all IPv4 addresses of the node. Port 0 means any free one.
func Listen(port int) (*net.TCPListener, error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{Port: port})
	if err != nil {
		return nil, nodes.ListenFailure(err, port)
	}
	return l, nil
}

// ListenBoth opens a TCP socket and a UDP socket on one port of all IPv4 addresses. For port 0
// any port will do that is free for both.
func ListenBoth(port int) (*net.TCPListener, *datagram.Socket, error) {
	const attempts = 20
	for range attempts {
		tcp, err := Listen(port)
		if err != nil {
			return nil, nil, err
		}
		udp, err := datagram.Listen(tcp.Addr().(*net.TCPAddr).Port)
		if err == nil {
			return tcp, udp, nil
		}
		tcp.Close()
		if port != 0 {
			return nil, nil, err
		}
	}
	return nil, nil, nodes.Failf(nodes.AddressInUse, "no port is free for both TCP and UDP")
}

// ServerOf is the address that a call means by its argument HOST and its flag --port.
func ServerOf(call *nodes.Call) (netip.AddrPort, error) {
	addr, err := lookup.Addr(call.Arg("HOST"))
	return netip.AddrPortFrom(addr, uint16(call.Int("port"))), err
}

// Connect connects to the server that a call means by HOST and --port, within its --timeout.
func Connect(ctx context.Context, call *nodes.Call) (*net.TCPConn, error) {
	server, err := ServerOf(call)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, call.Duration("timeout"))
	defer cancel()
	return Dial(ctx, server)
}

// Dial connects to a server, until ctx ends.
func Dial(ctx context.Context, server netip.AddrPort) (*net.TCPConn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp4", server.String())
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// Interrupt closes a connection when the context ends: its reads and writes return
// net.ErrClosed. A deadline would not do: the next one undoes it. The result releases
// what it holds.
func Interrupt(ctx context.Context, conn net.Conn) (release func() bool) {
	return context.AfterFunc(ctx, func() { _ = conn.Close() })
}

// Expire makes a connection's reads and writes end with os.ErrDeadlineExceeded when the
// context ends, for clients that set no other deadlines. The result releases what it holds.
func Expire(ctx context.Context, conn net.Conn) (release func() bool) {
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// Remote is the other end's address.
func Remote(conn net.Conn) netip.AddrPort {
	a, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
