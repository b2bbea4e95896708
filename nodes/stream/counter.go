package stream

import "sync/atomic"

// Counter counts what strangers can make happen, and says when that is worth a line in the log: the 1st, 2nd,
// 4th, 8th … time. It is safe for concurrent use.
type Counter struct{ n atomic.Int64 }

// Add counts one more.
func (c *Counter) Add() (n int64, log bool) {
	n = c.n.Add(1)
	return n, n&(n-1) == 0
}

// Load is how many there were.
func (c *Counter) Load() int64 { return c.n.Load() }
