package probe

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// readTCPInfo asks the kernel (tcp(7), TCP_INFO).
func readTCPInfo(conn *net.TCPConn) tcpInfo {
	raw, err := conn.SyscallConn()
	if err != nil {
		return tcpInfo{}
	}
	var info *unix.TCPInfo
	if raw.Control(func(fd uintptr) {
		info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}) != nil || err != nil {
		return tcpInfo{}
	}
	return tcpInfo{
		acked:       info.Bytes_acked,
		retransmits: info.Total_retrans,
		rtt:         time.Duration(info.Rtt) * time.Microsecond,
	}
}
