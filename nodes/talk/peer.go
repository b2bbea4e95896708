package talk

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"netsim/nodes/stream"
)

// farewell is how long the other end may take to hang up after our q. Hanging up at once would
// lose what it is saying at that moment, and with a reset perhaps the q too.
const farewell = 500 * time.Millisecond

// A peer is heard so often a second, after so many at once. What it says beyond that waits in
// its own connection: nothing is lost, and nobody else waits.
const (
	often = 100
	burst = 200
)

// peer is one conversation. One goroutine listens, one speaks; neither waits for the other, so
// that a peer who does not wait for its turn is heard all the same.
type peer struct {
	number int // 1 is the first that came
	who    caller
	conn   *stream.Conn
	wire   wire
	floor  *floor
	out    chan word // from the floor, with room for one
	turn   turn      // the floor's

	onMessage func(*peer, message)
	onSent    func(*peer, word)

	speaking sync.Mutex  // held from a word to its event
	late     atomic.Bool // a word was not taken in time
}

// talk listens and speaks until one of both ends it or ctx does. The connection is then closed.
func (p *peer) talk(ctx context.Context) ending {
	over, cancel := context.WithCancel(ctx)
	defer cancel()
	own := make(chan ending, 1)
	go func() { own <- p.speak(over) }()
	heard := p.listen(ctx)
	cancel()
	p.conn.Close() // also ends a word that is not taken
	said := <-own
	if said.reason == saidQuit || said.reason != "" && heard.reason == stopped {
		return said // what was heard then is only its echo
	}
	return heard
}

// listen tells every message until there are no more.
func (p *peer) listen(ctx context.Context) ending {
	in := p.wire.reader(p.conn)
	pace := rate.NewLimiter(often, burst)
	for {
		_ = pace.Wait(ctx) // when ctx has ended, so has the connection
		m, err := in.read()
		p.untilSaid()
		if err != nil {
			return heardLast(err)
		}
		if isQuit(m.text) {
			return ending{reason: saidQuit, by: them}
		}
		p.floor.heard(p, func() { p.onMessage(p, m) })
	}
}

// untilSaid waits until a word on its way is out, or is given up as stuck: what comes after it
// is told after it.
func (p *peer) untilSaid() {
	p.speaking.Lock()
	defer p.speaking.Unlock()
}

// speak says what the floor hands over. Its ending is empty unless it has ended the
// conversation.
func (p *peer) speak(ctx context.Context) ending {
	for {
		select {
		case w := <-p.out:
			err := p.say(w)
			switch {
			case err != nil && (p.late.Load() || errors.Is(err, os.ErrDeadlineExceeded)):
				p.out <- w // there is room: the floor waits for spoken
				p.conn.Close()
				return notTaken()
			case err != nil:
				p.out <- w
				return ending{} // the listener meets the reason
			case w.quit:
				p.part(ctx)
				return ending{reason: saidQuit, by: us}
			}
		case <-ctx.Done():
			return ending{}
		}
	}
}

func (p *peer) say(w word) error {
	p.speaking.Lock()
	defer p.speaking.Unlock()
	if _, err := p.conn.Write(w.b); err != nil {
		return err
	}
	if p.conn.Idle > 0 { // our word, too, is a sign of life
		_ = p.conn.SetReadDeadline(time.Now().Add(p.conn.Idle))
	}
	if !w.quit {
		p.floor.spoken(p, func() { p.onSent(p, w) })
	}
	return nil
}

// giveUp ends the conversation, since a word is not taken.
func (p *peer) giveUp() {
	p.late.Store(true)
	p.conn.Close()
}

// part lets the other end finish after our q, and hangs up.
func (p *peer) part(ctx context.Context) {
	_ = p.conn.CloseWrite()
	t := time.NewTimer(farewell)
	defer t.Stop()
	select {
	case <-ctx.Done(): // the listener has come to the end
	case <-t.C:
	}
	p.conn.Close()
}
