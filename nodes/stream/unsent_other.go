//go:build !linux

package stream

// unsent is not to be had.
func (*Conn) unsent() (n int, ok bool) { return 0, false }

// bound keeps the kernel's buffer small, so that a write is seen to get on.
func (c *Conn) bound() { _ = c.SetWriteBuffer(chunk) }
