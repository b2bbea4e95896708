package nodes

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// maxSpooled bounds what waits to be written, in bytes.
const maxSpooled = 8 << 20

// lastWords is how long what waits may still take to be written once a program has been told
// to end.
const lastWords = 500 * time.Millisecond

// spool writes in order what a program gives it, by a goroutine of its own: a reader that has
// stopped reading (`| less`, a terminal after Ctrl-S) does not stop the program. A server
// throws away what finds no room; any other program waits.
//
//	Emit, Logf ──► queue ──► standard output, standard error
type spool struct {
	drops bool // what finds no room is thrown away

	mu      sync.Mutex
	changed sync.Cond
	queue   []chunk
	bytes   int
	lost    int // writes thrown away
	err     error
	last    bool // nothing is thrown away, and nobody waits
	ended   bool
	done    chan struct{}
}

// chunk is one write.
type chunk struct {
	to io.Writer
	b  []byte
}

// newSpool starts a spool; flush ends it.
func newSpool(drops bool) *spool {
	s := &spool{drops: drops, done: make(chan struct{})}
	s.changed.L = &s.mu
	go s.run()
	return s
}

func (s *spool) run() {
	defer close(s.done)
	for c, ok := s.next(); ok; c, ok = s.next() {
		_, err := c.to.Write(c.b)
		s.wrote(len(c.b), err)
	}
}

// next waits for something to write; false at the end.
func (s *spool) next() (chunk, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.ended {
		s.changed.Wait()
	}
	if len(s.queue) == 0 {
		return chunk{}, false
	}
	c := s.queue[0]
	s.queue = s.queue[1:]
	return c, true
}

func (s *spool) wrote(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= n
	if s.err == nil {
		s.err = err
	}
	s.changed.Broadcast()
}

// hurry lets everything in from now on: a program's last words.
func (s *spool) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = true
	s.changed.Broadcast()
}

// put takes a write.
func (s *spool) put(c chunk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.last && s.bytes+len(c.b) > maxSpooled {
		if s.drops {
			s.lost++
			return
		}
		s.changed.Wait()
	}
	s.queue = append(s.queue, c)
	s.bytes += len(c.b)
	s.changed.Broadcast()
}

// errUnread is what flush says when it has given up.
var errUnread = errors.New("nobody reads the output")

// flush returns when all has been written, with the first error, or soon after ctx has ended.
func (s *spool) flush(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	s.changed.Broadcast()
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-ctx.Done():
		select {
		case <-s.done:
		case <-time.After(lastWords):
			return errUnread
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// thrownAway is how many writes found no room.
func (s *spool) thrownAway() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// to is a writer to the spool.
func (s *spool) to(w io.Writer) io.Writer { return &spooled{spool: s, to: w} }

type spooled struct {
	spool *spool
	to    io.Writer
}

func (w *spooled) Write(b []byte) (int, error) {
	w.spool.put(chunk{w.to, append([]byte(nil), b...)})
	return len(b), nil
}
