package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"netsim/topology"
)

// ErrGone is what calls and processes end with when the stream to the nodes has
// ended; the error that wraps it says why.
var ErrGone = errors.New("node is gone")

// Client is the side that configures nodes and starts programs on them. Its methods may be
// called from any goroutine.
type Client struct {
	conn *conn
	work sync.WaitGroup
	done chan struct{} // closed when the stream has ended

	mu    sync.Mutex
	last  uint64
	calls map[uint64]chan message
	procs map[uint64]*process
	heard time.Time
	err   error // why the stream has ended
}

// Connect speaks over a stream whose other end is a Server's. The stream belongs to the
// client from now on; Close closes it.
func Connect(stream io.ReadWriteCloser) *Client {
	c := &Client{
		conn:  newConn(stream),
		done:  make(chan struct{}),
		calls: map[uint64]chan message{},
		procs: map[uint64]*process{},
		heard: time.Now(),
	}
	c.work.Go(c.listen)
	c.work.Go(c.ping)
	return c
}

// Configure makes a machine a node. It may be called again.
func (c *Client) Configure(ctx context.Context, s Setup) error {
	return c.call(ctx, message{Verb: verbConfigure, Setup: &s})
}

// Keep makes the nodes, and the programs that run, outlive the stream.
func (c *Client) Keep(ctx context.Context) error {
	return c.call(ctx, message{Verb: verbKeep})
}

// SetLink changes what a link does.
func (c *Client) SetLink(ctx context.Context, node, network string, l topology.Link) error {
	return c.call(ctx, message{Verb: verbLink, Node: node, Network: network, Link: &l})
}

// Links are the links of a node, in order of its interfaces.
func (c *Client) Links(ctx context.Context, node string) ([]topology.LinkState, error) {
	got, err := c.callAs(ctx, c.number(), message{Verb: verbLinks, Node: node})
	return got.Links, err
}

// Faults are what links have done since the last call. Each is told once: with an error come those
// that were told before it.
func (c *Client) Faults(ctx context.Context) ([]topology.Fault, error) {
	var all []topology.Fault
	for {
		got, err := c.callAs(ctx, c.number(), message{Verb: verbFaults})
		all = append(all, got.Faults...)
		if err != nil || !got.More {
			return all, err
		}
	}
}

// Power switches a node off or on, and returns when that is done.
func (c *Client) Power(ctx context.Context, node string, p topology.Power) error {
	return c.call(ctx, message{Verb: verbPower, Node: node, Power: p})
}

// On is nil where programs can be started on the node, and *Off where it is switched off or paused.
func (c *Client) On(ctx context.Context, node string) error {
	return c.call(ctx, message{Verb: verbPower, Node: node})
}

// Start starts a command on a node. ctx is for the starting alone. An error is one
// of the node's ("no such program") or wraps ErrGone.
func (c *Client) Start(ctx context.Context, node string, command topology.Command) (topology.Process, error) {
	id := c.number()
	p := newProcess(c, id)
	c.mu.Lock()
	c.procs[id] = p
	c.mu.Unlock()
	if _, err := c.callAs(ctx, id, message{Verb: verbStart, Node: node, Command: &command}); err != nil {
		p.abandon()
		return nil, err
	}
	return p, nil
}

// Done is closed when the stream has ended, by Close or from the other side.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends the stream, and with it what was started over it, unless Keep was called.
func (c *Client) Close() error {
	c.conn.close()
	c.work.Wait()
	return nil
}

func (c *Client) number() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	return c.last
}

func (c *Client) call(ctx context.Context, m message) error {
	_, err := c.callAs(ctx, c.number(), m)
	return err
}

// callAs sends a call and waits for its answer.
func (c *Client) callAs(ctx context.Context, id uint64, m message) (message, error) {
	answer := make(chan message, 1)
	c.mu.Lock()
	c.calls[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.calls, id)
	}()
	m.ID = id
	c.conn.send(m)
	select {
	case got := <-answer:
		return got, got.failure()
	case <-c.done:
		return message{}, c.gone()
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

// failure is the error that an answer carries, or nil.
func (m message) failure() error {
	switch {
	case m.Verb != verbError:
		return nil
	case m.Missing != "":
		return missing(m.Missing)
	case m.Off != "":
		return &Off{m.Node, m.Off}
	}
	return errors.New(m.Error)
}

func (c *Client) gone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// listen handles what comes until the stream ends.
func (c *Client) listen() {
	for {
		m, err := c.conn.receive()
		if err == nil {
			err = c.handle(m)
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Client) handle(m message) error {
	c.mu.Lock()
	c.heard = time.Now()
	answer, p := c.calls[m.ID], c.procs[m.ID]
	c.mu.Unlock()
	switch m.Verb {
	case verbOK, verbError:
		if m.Verb == verbError {
			c.forget(m.ID)
		}
		if answer != nil {
			answer <- m
		}
		return nil
	case verbPong:
		return nil
	}
	if p == nil {
		return nil
	}
	return p.handle(m)
}

// end fails everything that is open.
func (c *Client) end(reason error) {
	c.conn.hangUp()
	if errors.Is(reason, io.EOF) {
		reason = ErrGone
	} else {
		reason = fmt.Errorf("%w: %w", ErrGone, reason)
	}
	c.mu.Lock()
	c.err = reason
	procs := c.procs
	c.procs = map[uint64]*process{}
	c.mu.Unlock()
	close(c.done)
	for _, p := range procs {
		p.finish(topology.ExitStatus{}, reason)
	}
}

// ping tells the server that somebody is there, and hangs up when it is not.
func (c *Client) ping() {
	tick := time.NewTicker(PingInterval)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case now := <-tick.C:
			c.mu.Lock()
			silent := now.Sub(c.heard)
			c.mu.Unlock()
			if silent > Lease {
				c.conn.hangUp()
			}
			c.conn.send(message{Verb: verbPing})
		}
	}
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.procs, id)
}
