package agent

import (
	"io"
	"sync"
)

// window is a sender's side of a stream's flow control: how many bytes it may still
// send.
type window struct {
	mu     sync.Mutex
	opened *sync.Cond
	left   int
	free   bool // nobody counts any more: everything may be sent, and goes nowhere
}

func newWindow() *window {
	w := &window{left: Window}
	w.opened = sync.NewCond(&w.mu)
	return w
}

// take waits until something may be sent, and reserves at most n bytes of it.
func (w *window) take(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.left <= 0 && !w.free {
		w.opened.Wait()
	}
	if !w.free {
		n = min(n, w.left)
		w.left -= n
	}
	return n
}

// give returns a reservation, or adds the credit of the other side.
func (w *window) give(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = min(w.left+max(n, 0), Window)
	w.opened.Broadcast()
}

// release lets every taker through for ever.
func (w *window) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = true
	w.opened.Broadcast()
}

// released says whether what is sent goes nowhere.
func (w *window) released() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.free
}

// inbox is a receiver's side: what has come and was not read yet, at most Window bytes.
type inbox struct {
	credit func(n int) // tells the sender that n bytes were read

	mu     sync.Mutex
	filled *sync.Cond
	data   []byte
	owed   int   // read, and not credited yet
	drop   bool  // nobody reads: what comes is credited at once
	err    error // what Read says once data is empty; nil while open
}

func newInbox(credit func(int)) *inbox {
	b := &inbox{credit: credit}
	b.filled = sync.NewCond(&b.mu)
	return b
}

// push adds what has come. It reports false when the sender went beyond its window.
func (b *inbox) push(data []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drop {
		b.credit(len(data))
		return true
	}
	if b.err != nil {
		return true
	}
	if len(b.data)+b.owed+len(data) > Window {
		return false
	}
	b.data = append(b.data, data...)
	b.filled.Signal()
	return true
}

// end closes the inbox; the first reason counts.
func (b *inbox) end(reason error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = reason
	}
	b.filled.Broadcast()
}

// discard throws away what is there and what will come, without holding up the sender.
func (b *inbox) discard() {
	b.end(io.EOF)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.credit(len(b.data) + b.owed)
	b.data, b.owed, b.drop = nil, 0, true
}

// Read gives credit once half a window is read, so that a message of credit is worth it.
func (b *inbox) Read(p []byte) (int, error) {
	n, credit, err := b.take(p)
	if credit > 0 {
		b.credit(credit)
	}
	return n, err
}

func (b *inbox) take(p []byte) (n, credit int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.data) == 0 && b.err == nil && len(p) > 0 {
		b.filled.Wait()
	}
	if len(b.data) == 0 {
		return 0, 0, b.err
	}
	n = copy(p, b.data)
	b.data = b.data[n:]
	b.owed += n
	if b.owed >= Window/2 && b.err == nil {
		credit, b.owed = b.owed, 0
	}
	return n, credit, nil
}
