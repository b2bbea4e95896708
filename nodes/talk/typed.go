package talk

import (
	"strings"
)

// typed takes a line of standard input.
func (f *floor) typed(line string) {
	switch strings.TrimSpace(line) {
	case "":
		return // without framing there would be nothing to send
	case "/help":
		f.explain()
		return
	}
	w, err := f.wire.encode(line)
	switch {
	case err != nil:
		f.unsent++
		f.call.Logf("not sent: %v", err)
	case w.quit && len(f.peers) == 0 && len(f.queue) == 0:
		f.call.Say("nobody is here; Ctrl-C ends this")
	default:
		f.queue = append(f.queue, w)
		f.tellWaiting()
	}
}

// ended is the end of standard input.
func (f *floor) ended() {
	if n := len(f.queue); f.quits && (n == 0 || !f.queue[n-1].quit) {
		f.queue = append(f.queue, f.wire.quit())
	}
}

// left is how many lines were typed that nobody was told.
func (f *floor) left() int {
	n := f.unsent
	for _, w := range f.queue {
		if !w.quit {
			n++
		}
	}
	return n
}

func (f *floor) explain() {
	f.call.Say("you take turns: the server speaks first, then each waits for the other's word")
	f.call.Say("a line that you type too early is sent when it is your turn")
	f.call.Say("q alone ends the conversation, and so does Ctrl-D here in a client; Ctrl-C ends this program")
}

// tellTurn tells the person at the terminal that a word is waited for.
func (f *floor) tellTurn(p *peer) {
	if len(f.queue) == 0 && f.reply == nil && !p.turn.busy {
		f.call.Say("  your turn: %s waits for a word", p.who.shown())
	}
}

// tellWaiting tells it that a line has to wait.
func (f *floor) tellWaiting() {
	for _, p := range f.peers {
		if p.turn.ours && !p.turn.busy {
			return
		}
	}
	switch len(f.peers) {
	case 0:
		f.call.Say("  nobody is here yet: it waits for the first to come")
	case 1:
		f.call.Say("  it is %s's turn: the line waits", f.peers[0].who.shown())
	default:
		f.call.Say("  it is the others' turn: the line waits")
	}
}
