package stream

import (
	"net"
	"time"
)

// Conn is a connection on which every read and every write must get on: one that has
// not within its time ends with os.ErrDeadlineExceeded. A write that the other end takes
// piece by piece gets on.
type Conn struct {
	*net.TCPConn
	Idle  time.Duration // a read may take so long; 0 means for ever
	Stuck time.Duration // a write may take so long without a byte being taken; 0 means for ever
}

// Read reads what there is.
func (c *Conn) Read(b []byte) (int, error) {
	if c.Idle > 0 {
		_ = c.SetReadDeadline(time.Now().Add(c.Idle)) // a closed connection says so at the read
	}
	return c.TCPConn.Read(b)
}

// chunk is what a write hands to the kernel at once, so that it is seen to get on.
const chunk = 64 << 10

// Write writes all of it.
func (c *Conn) Write(b []byte) (written int, err error) {
	for {
		if c.Stuck > 0 {
			_ = c.SetWriteDeadline(time.Now().Add(c.Stuck))
		}
		n, err := c.TCPConn.Write(b[written:min(len(b), written+chunk)])
		written += n
		if err != nil || written == len(b) {
			return written, err
		}
	}
}
