package remote

import (
	"sync"
	"time"
)

// complaints logs one line a second at the most, and says how many it has left out: who can connect
// must not be able to fill a disk.
type complaints struct {
	logf func(format string, args ...any)

	mu      sync.Mutex
	last    time.Time
	leftOut int
}

func (c *complaints) say(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.last) < time.Second {
		c.leftOut++
		return
	}
	if c.leftOut > 0 {
		c.logf("%d complaints left out", c.leftOut)
	}
	c.last, c.leftOut = now, 0
	c.logf(format, args...)
}
