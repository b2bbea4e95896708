package agent

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// conn is one end of the stream. send never blocks: what waits to be written is bounded
// by the windows of the programs and the number of open calls.
type conn struct {
	stream io.ReadWriteCloser
	lines  *bufio.Scanner
	ended  chan struct{} // closed when the writer has ended

	mu     sync.Mutex
	filled *sync.Cond
	queue  []message
	closed bool
}

func newConn(stream io.ReadWriteCloser) *conn {
	c := &conn{stream: stream, lines: bufio.NewScanner(stream), ended: make(chan struct{})}
	c.lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	c.filled = sync.NewCond(&c.mu)
	go c.write()
	return c
}

func (c *conn) send(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.queue = append(c.queue, m)
	c.filled.Signal()
}

// receive returns the next message; io.EOF when the stream has ended between two.
func (c *conn) receive() (message, error) {
	var m message
	if !c.lines.Scan() {
		if err := c.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return m, fmt.Errorf("agent stream: a line of more than %d bytes", MaxLine)
		} else if err != nil {
			return m, err
		}
		return m, io.EOF
	}
	if err := json.Unmarshal(c.lines.Bytes(), &m); err != nil {
		return m, fmt.Errorf("agent stream: not a message: %.80q", c.lines.Bytes())
	}
	return m, nil
}

// write writes what is sent until the stream is closed or broken.
func (c *conn) write() {
	defer close(c.ended)
	out := bufio.NewWriterSize(c.stream, 64<<10)
	encode := json.NewEncoder(out)
	for batch := c.next(); batch != nil; batch = c.next() {
		for _, m := range batch {
			if encode.Encode(m) != nil {
				c.hangUp()
				return
			}
		}
		if out.Flush() != nil {
			c.hangUp()
			return
		}
	}
}

// next waits for something to write; nil means that the stream is closed.
func (c *conn) next() []message {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.closed {
		c.filled.Wait()
	}
	if c.closed {
		return nil
	}
	batch := c.queue
	c.queue = nil
	return batch
}

// hangUp ends the stream: receive fails, send does nothing.
func (c *conn) hangUp() {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.queue = nil
	c.filled.Signal()
	c.mu.Unlock()
	if !closed {
		c.stream.Close()
	}
}

// close ends the stream and waits for its writer.
func (c *conn) close() {
	c.hangUp()
	<-c.ended
}
