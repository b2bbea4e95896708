package talk

import (
	"slices"
	"time"
)

// patience is how long the first q that waits may wait for a turn. It begins once: whatever
// happens meanwhile does not put the q off.
type patience struct {
	timer *time.Timer // nil while no q waits
	over  bool        // the q goes to whoever is not busy
}

func (p *patience) begin(linger time.Duration) {
	if p.timer == nil {
		p.timer = time.NewTimer(linger)
	}
}

// ends is when it ends; never while no q waits.
func (p *patience) ends() <-chan time.Time {
	if p.timer == nil {
		return nil
	}
	return p.timer.C
}

// stop is for a q that waits no more.
func (p *patience) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
	*p = patience{}
}

func (f *floor) firstQuit() int {
	return slices.IndexFunc(f.queue, func(w word) bool { return w.quit })
}

// watch begins the time of a q. A client's begins when it is typed, with all lines before it.
// A server's lines may wait for somebody to come: a q's time begins when it is the next, and
// somebody is here.
func (f *floor) watch() {
	if i := f.firstQuit(); f.quits && i >= 0 || i == 0 && len(f.peers) > 0 {
		f.patience.begin(f.linger)
	}
}

// insist gives a q its turn that has waited long enough. In a client, the lines before it are
// then not sent, and a word that is just not taken is given up soon.
func (f *floor) insist() {
	if f.patience.over {
		f.giveUp()
		return
	}
	f.patience.over = true
	if f.quits {
		i := f.firstQuit()
		f.unsent += i
		f.queue = f.queue[i:]
		f.patience.timer.Reset(farewell)
	}
}

func (f *floor) giveUp() {
	for _, p := range f.peers {
		if p.turn.busy {
			p.giveUp()
		}
	}
}
