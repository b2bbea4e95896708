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
	c.tellLeftOut()
	c.last = now
	c.logf(format, args...)
}

// flush says at the end how many have been left out since the last one.
func (c *complaints) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tellLeftOut()
}

func (c *complaints) tellLeftOut() {
	if c.leftOut > 0 {
		c.logf("%d complaints left out", c.leftOut)
	}
	c.leftOut = 0
}
