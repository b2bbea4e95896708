package native

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// peer is who listens at the other end of a connection (SO_PEERCRED, unix(7)).
func peer(conn net.Conn) (*unix.Ucred, error) {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	var cred *unix.Ucred
	ctl := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	return cred, errors.Join(ctl, err)
}

// endPeer kills the process that listens at the other end of a connection, and waits
// until it is gone. The descriptor of the process is opened while the connection is open, so
// its number cannot have been given to another.
func endPeer(ctx context.Context, conn net.Conn) error {
	cred, err := peer(conn)
	if err != nil {
		return err
	}
	fd, err := unix.PidfdOpen(int(cred.Pid), 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
		return err
	}
	return waitGone(ctx, fd)
}

// waitGone polls the descriptor, which becomes readable when the process has ended.
func waitGone(ctx context.Context, fd int) error {
	for ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int((100 * time.Millisecond).Milliseconds()))
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	return ctx.Err()
}
