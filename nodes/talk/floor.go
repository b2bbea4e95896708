package talk

import (
	"context"
	"slices"
	"time"

	"netsim/nodes"
)

// mostWaiting is how many typed lines wait for a turn. Then no more are read from standard
// input: what is piped in waits there, and nothing is lost.
const mostWaiting = 100

// floor is whose turn it is. It hands each typed line to whoever has waited longest for a word
// from us, and knows nothing of connections.
//
//	standard input ──► queue ──► the first of peers whose turn is ours, and not busy
//	                             heard: our turn     handed a word: its turn
//
// One goroutine, run, owns everything below changes.
type floor struct {
	call    *nodes.Call
	wire    wire
	greet   *word         // said first by itself, unless nil
	reply   *word         // the answer to each message, unless nil or a line is typed
	quits   bool          // the end of standard input is a q
	linger  time.Duration // a q waits so long for a turn
	changes chan func()
	done    chan struct{} // closed when run has returned

	queue    []word
	patience patience // with the first q in queue
	peers    []*peer  // whoever has waited longest comes first
	unsent   int      // lines that could not be sent
	closing  bool     // everybody is told q
	empty    chan struct{}
}

// turn is what the floor knows of a peer.
type turn struct {
	ours       bool // we may speak
	busy       bool // a word is on its way out
	unanswered int  // messages for which there was no word yet
}

func newFloor(call *nodes.Call, w wire) *floor {
	return &floor{
		call: call, wire: w, linger: call.Duration("linger"),
		changes: make(chan func()), done: make(chan struct{}), empty: make(chan struct{}),
	}
}

// run hands out words until ctx ends.
func (f *floor) run(ctx context.Context) {
	defer close(f.done)
	defer f.patience.stop()
	lines := f.call.Lines(ctx)
	for {
		in := lines
		if len(f.queue) >= mostWaiting {
			in = nil
		}
		select {
		case line, more := <-in:
			if !more {
				lines = nil
				f.ended()
				break
			}
			f.typed(line)
		case change := <-f.changes:
			change()
		case <-f.patience.ends():
			f.insist()
		case <-ctx.Done():
			return
		}
		f.settle()
		f.watch()
	}
}

// do has run make a change, unless it is over, and returns when that is made.
func (f *floor) do(change func()) {
	made := make(chan struct{})
	select {
	case f.changes <- func() { change(); close(made) }:
		<-made
	case <-f.done:
	}
}

// enter adds a peer, who is greeted, or else gets the next line when the first turn is ours.
// It is announced in the same breath: whoever types a line on seeing that is understood.
func (f *floor) enter(p *peer, ours bool, announce func()) {
	f.do(func() {
		announce()
		f.peers = append(f.peers, p)
		p.turn = turn{ours: ours}
		switch {
		case f.closing:
			f.hand(p, f.wire.quit())
		case ours && f.greet != nil:
			f.hand(p, *f.greet)
		case ours:
			f.tellTurn(p)
		}
	})
}

// heard says that a peer has spoken: the turn is ours. It is announced in the same breath.
func (f *floor) heard(p *peer, announce func()) {
	f.do(func() {
		announce()
		p.turn.unanswered++
		if !p.turn.ours {
			p.turn.ours = true
			f.last(p)
		}
		f.tellTurn(p)
	})
}

// spoken says that a peer's word is out, and announces it.
func (f *floor) spoken(p *peer, announce func()) {
	f.do(func() {
		announce()
		p.turn.busy = false
		if f.closing {
			f.hand(p, f.wire.quit())
		}
	})
}

// leave takes a peer out. A line that it was to be told is for nobody else.
func (f *floor) leave(p *peer) {
	f.do(func() {
		f.peers = slices.DeleteFunc(f.peers, func(x *peer) bool { return x == p })
		select {
		case w := <-p.out:
			f.lost(p, w)
		default:
		}
		f.checkEmpty()
	})
}

func (f *floor) lost(p *peer, w word) {
	if !w.auto && !w.quit {
		f.unsent++
		f.call.Logf("%s was gone: not sent: %s", p.who.shown(), w.text)
	}
}

// dismiss tells everybody q, who comes from now on too. The result is closed when all have left.
func (f *floor) dismiss() <-chan struct{} {
	f.do(func() {
		if f.closing {
			return
		}
		f.closing = true
		for _, p := range f.peers {
			if !p.turn.busy {
				f.hand(p, f.wire.quit())
			}
		}
		f.checkEmpty()
	})
	return f.empty
}

func (f *floor) checkEmpty() {
	if f.closing && len(f.peers) == 0 {
		select {
		case <-f.empty:
		default:
			close(f.empty)
		}
	}
}

// last moves a peer behind all others.
func (f *floor) last(p *peer) {
	f.peers = append(slices.DeleteFunc(f.peers, func(x *peer) bool { return x == p }), p)
}

// settle hands out what can be.
func (f *floor) settle() {
	for len(f.queue) > 0 {
		p := f.next()
		if p == nil {
			return
		}
		p.turn.unanswered = 0 // one line answers all
		if f.queue[0].quit {
			f.patience.stop()
		}
		f.hand(p, f.queue[0])
		f.queue = f.queue[1:]
	}
	for _, p := range f.peers {
		if f.reply != nil && p.turn.unanswered > 0 && !p.turn.busy {
			p.turn.unanswered--
			f.hand(p, *f.reply)
		}
	}
}

// next is whom the next line is for: whoever has waited longest for a word; of a q that has
// waited long enough, else whoever was spoken to longest ago; nil for nobody.
func (f *floor) next() *peer {
	free := func(p *peer) bool { return !p.turn.busy }
	i := slices.IndexFunc(f.peers, func(p *peer) bool { return p.turn.ours && free(p) })
	if i < 0 && f.patience.over {
		i = slices.IndexFunc(f.peers, free)
	}
	if i < 0 {
		return nil
	}
	return f.peers[i]
}

// hand gives a word to a peer that is not busy. It never waits: there is room for one.
func (f *floor) hand(p *peer, w word) {
	p.turn.busy, p.turn.ours = true, p.turn.unanswered > 0
	p.out <- w
}
