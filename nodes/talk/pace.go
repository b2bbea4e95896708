package talk

import (
	"context"
	"time"
)

// A peer is heard so often a second, after so many at once. What it says beyond that waits in
// its own connection: nothing is lost, and nobody else waits.
const (
	often = 100
	burst = 200
)

// pace is the time at which the next message may be heard. Its zero value is a fresh start.
type pace struct{ next time.Time }

// step is how long to wait at a time before the next message.
func (p *pace) step(now time.Time) time.Duration {
	if earliest := now.Add(-burst * time.Second / often); p.next.Before(earliest) {
		p.next = earliest
	}
	p.next = p.next.Add(time.Second / often)
	return max(0, p.next.Sub(now))
}

func (p *pace) wait(ctx context.Context) {
	d := p.step(time.Now())
	if d == 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
