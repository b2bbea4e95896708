package web

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"netsim/nodes"
	"netsim/nodes/stream"
)

// door is a listener that lets so many connections in at the same time. Then who has no request makes room, and if all
// have one, more are told that the house is full (503) and closed.
type door struct {
	*net.TCPListener
	ctx     context.Context // of the server
	idle    time.Duration
	house   stream.House
	telling chan struct{} // one for each that is being told; those beyond are closed at once
	told    sync.WaitGroup
	refused stream.Counter
	logf    func(format string, args ...any)
}

// Those who are turned away.
const (
	turnedAway = 16 // at the same time
	telling    = 500 * time.Millisecond
	full       = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"
)

func newDoor(ctx context.Context, l *net.TCPListener, call *nodes.Call) *door {
	return &door{
		TCPListener: l, ctx: ctx, idle: call.Duration("idle"), telling: make(chan struct{}, turnedAway), logf: call.Logf,
		house: stream.House{Places: call.Int("clients"), Evict: true, Logf: call.Logf},
	}
}

// Accept waits for the next connection that there is room for.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.AcceptTCP()
		if err != nil {
			return nil, err
		}
		conn := stream.NewConn(c, 0, d.idle)
		if d.house.Enter(d.ctx, conn, false) {
			return &inside{Conn: conn, guest: conn, leave: sync.OnceFunc(func() { d.house.Leave(conn) })}, nil
		}
		d.turnAway(c)
	}
}

// turnAway tells a connection that the house is full, once it has asked something: an answer before that no
// client expects. The rest of what it sends is read, for closing over it would be a reset, in which the answer is
// lost.
func (d *door) turnAway(c *net.TCPConn) {
	if n, log := d.refused.Add(); log {
		d.logf("%s is turned away, %d in all: all places are taken by others with a request", stream.Remote(c), n)
	}
	select {
	case d.telling <- struct{}{}:
	default:
		c.Close()
		return
	}
	d.told.Go(func() {
		defer func() { <-d.telling }()
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(telling))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			return
		}
		if _, err := io.WriteString(c, full); err == nil && c.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(c, maxHeader))
		}
	})
}

// empty waits until those who are being told are gone.
func (d *door) empty() { d.told.Wait() }

// inside is a connection that has a place. It shows nothing of the TCP connection but what net.Conn has: net/http
// would otherwise send files past Stuck, in one piece (sendfile(2)).
type inside struct {
	net.Conn
	guest *stream.Conn
	leave func()

	open  atomic.Bool // a request has begun to come, and is not whole yet
	whole atomic.Bool // at least one has been whole
}

// Close gives the place back.
func (c *inside) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
