package stream

import (
	"context"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// Conn is a connection on which every read and every write must get on: one that has
// not within its time ends with os.ErrDeadlineExceeded. A write that the other end takes
// piece by piece gets on, however slowly.
type Conn struct {
	*net.TCPConn
	Idle  time.Duration // a read may take so long; 0 means for ever
	Stuck time.Duration // a write may take so long without a byte being taken, at most twice; 0 means for ever

	house   *House // where it is a guest, or nil
	end     context.CancelFunc
	evicted atomic.Bool
}

// NewConn is a connection with its times.
func NewConn(tcp *net.TCPConn, idle, stuck time.Duration) *Conn {
	c := &Conn{TCPConn: tcp, Idle: idle, Stuck: stuck}
	if stuck > 0 {
		c.bound()
	}
	return c
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
		before := c.look()
		n, err := c.TCPConn.Write(b[written:min(len(b), written+chunk)])
		written += n
		if errors.Is(err, os.ErrDeadlineExceeded) && c.took(before, n) {
			continue
		}
		if err != nil || written == len(b) {
			return written, err
		}
	}
}

// look begins a time without a byte being taken, and says how many wait to be.
func (c *Conn) look() (queued int) {
	if c.Stuck <= 0 {
		return 0
	}
	queued, _ = c.unsent()
	_ = c.SetWriteDeadline(time.Now().Add(c.Stuck))
	return queued
}

// took says whether the other end has taken something since the last look, of what waited then and what
// was added. The kernel's buffer may have megabytes, and wakes a writer only when a third of that is free: then a slow
// reader looks as if it were dead.
func (c *Conn) took(before, added int) bool {
	if c.Stuck <= 0 {
		return false
	}
	now, ok := c.unsent()
	return ok && now < before+added
}

// Keep says that this client has asked something sensible, and so keeps its place.
func (c *Conn) Keep() {
	if c.house != nil {
		c.house.keep(c)
	}
}

// Spare says that this client has what it asked for: it may have to make room again.
func (c *Conn) Spare() {
	if c.house != nil {
		c.house.spare(c)
	}
}

// Evicted says whether this connection was closed because it had to make room.
func (c *Conn) Evicted() bool { return c.evicted.Load() }
