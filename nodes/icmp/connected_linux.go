package icmp

import (
	"net"

	"netsim/nodes"
)

// Watch makes a connected socket tell of every ICMP error: without it, the kernel keeps
// host and network unreachable to itself (ip(7), IP_RECVERR).
func Watch(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) { set = WatchErrors(int(fd)) }); err != nil {
		return err
	}
	return set
}

// Explain replaces an error by the one that the error queue tells, which knows more: a
// TTL that ran out has the errno of an unreachable host.
func Explain(conn *net.UDPConn, err error) error {
	raw, rawErr := conn.SyscallConn()
	if rawErr != nil {
		return err
	}
	var r Report
	var ok bool
	if raw.Control(func(fd uintptr) { r, ok = ReadReport(int(fd)) }) != nil || !ok || r.Local {
		return err
	}
	return nodes.Failf(r.Word(), "%s, says %s", r.To, r.Offender)
}
