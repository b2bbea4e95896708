package probe

import (
	"context"
	"net"
	"net/netip"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
)

// connect opens the control connection to the server that a call names.
func connect(ctx context.Context, call *nodes.Call) (*net.TCPConn, netip.AddrPort, error) {
	addr, err := lookup.Addr(call.Arg("HOST"))
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	server := netip.AddrPortFrom(addr, uint16(call.Int("port")))
	dialer := net.Dialer{Timeout: call.Duration("timeout")}
	conn, err := dialer.DialContext(ctx, "tcp4", server.String())
	if err != nil {
		return nil, server, err
	}
	return conn.(*net.TCPConn), server, nil
}

// pause waits until a time, or until the context ends; then it is false.
func pause(ctx context.Context, until time.Time) bool {
	left := time.Until(until)
	if left <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// interrupted is the error to tell when the context has ended: the one that came of it says
// nothing.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return nodes.Failf(nodes.Failed, "interrupted")
	}
	return err
}
