package stream

import "golang.org/x/sys/unix"

// unsent is how many bytes wait in the kernel until the other end has taken them (SIOCOUTQ, tcp(7)).
func (c *Conn) unsent() (n int, ok bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, false
	}
	var failed error
	err = raw.Control(func(fd uintptr) { n, failed = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	return n, err == nil && failed == nil
}

// bound is not needed: unsent tells.
func (*Conn) bound() {}
