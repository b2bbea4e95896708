package chat

import (
	"sync"

	"netsim/nodes"
)

// maxUntold bounds how many events wait for whoever reads them.
const maxUntold = 10_000

// reporter emits events, and logs those of what was dropped, without making anybody wait for
// their reader.
type reporter struct {
	events chan report
	lost   int // events that found no room; read it after close
	mu     sync.Mutex
	closed bool
	done   sync.WaitGroup
}

type report struct {
	event  string
	values nodes.Values
}

func newReporter(call *nodes.Call) *reporter {
	r := &reporter{events: make(chan report, maxUntold)}
	r.done.Go(func() {
		for e := range r.events {
			call.Event(e.event, e.values)
			if v := e.values; e.event == "dropped" {
				call.Logf("thrown away, %v: %v by now, the last of %v", v["reason"], v["count"], v["address"])
			}
		}
	})
	return r
}

func (r *reporter) tell(event string, v nodes.Values) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	select {
	case r.events <- report{event, v}:
	default:
		r.lost++
	}
}

// close returns when all has been told.
func (r *reporter) close() {
	r.mu.Lock()
	r.closed = true
	close(r.events)
	r.mu.Unlock()
	r.done.Wait()
}
