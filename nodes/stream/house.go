package stream

import (
	"context"
	"slices"
	"sync"
)

// House is the room for clients at the same time. Whoever connects and says nothing could take all of it; so
// where a house evicts, the one who has been there longest without asking anything makes room for the next one.
//
//	           ┌──────────── evicted, when somebody comes and all places are taken: the oldest first
//	Enter ──► spare ──Keep──► kept ──Spare──► spare, as the youngest
//
// It is safe for concurrent use.
type House struct {
	Places int  // 0 means 1
	Evict  bool // the spare ones make room
	Logf   func(format string, args ...any)

	mu      sync.Mutex
	guests  int
	spares  []*Conn       // of the guests, who came first first
	changed chan struct{} // closed at the next change
	evicted Counter
}

// Enter gives a connection a place. Without one it is false: at once, or with wait when ctx has ended. Only one
// caller enters at a time.
func (h *House) Enter(ctx context.Context, c *Conn, wait bool) bool {
	for evicting := false; ; {
		changed, entered := h.enter(c, &evicting)
		if entered {
			return true
		}
		if !evicting && !wait {
			return false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// wait waits for a free place; false once ctx has ended.
func (h *House) wait(ctx context.Context) bool {
	for {
		h.mu.Lock()
		free, changed := h.guests < max(h.Places, 1), h.change()
		h.mu.Unlock()
		if free {
			return ctx.Err() == nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// enter is one attempt. The one who makes room is gone a moment later.
func (h *House) enter(c *Conn, evicting *bool) (changed <-chan struct{}, entered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.guests < max(h.Places, 1) {
		h.guests++
		c.house = h
		if h.Evict {
			h.spares = append(h.spares, c)
		}
		return nil, true
	}
	if !*evicting && len(h.spares) > 0 {
		*evicting = true
		h.evict(h.spares[0])
	}
	return h.change(), false
}

// change is closed when a place may have become free.
func (h *House) change() <-chan struct{} {
	if h.changed == nil {
		h.changed = make(chan struct{})
	}
	return h.changed
}

func (h *House) evict(c *Conn) {
	h.remove(c)
	c.evicted.Store(true)
	c.Close()
	if c.end != nil {
		c.end()
	}
	if n, log := h.evicted.Add(); log && h.Logf != nil {
		h.Logf("%s has asked nothing and makes room for others, %d in all", Remote(c), n)
	}
}

// Evicted is how many had to make room.
func (h *House) Evicted() int64 { return h.evicted.Load() }

// Leave gives the place back.
func (h *House) Leave(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.guests--
	h.remove(c)
	h.tell()
}

func (h *House) keep(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(c)
}

func (h *House) spare(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Evict && !c.Evicted() && !slices.Contains(h.spares, c) {
		h.spares = append(h.spares, c)
		h.tell()
	}
}

func (h *House) remove(c *Conn) {
	h.spares = slices.DeleteFunc(h.spares, func(x *Conn) bool { return x == c })
}

func (h *House) tell() {
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}
