package talk

import (
	"context"
	"net"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
	"netsim/nodes/stream"
)

// join is one run of `talk HOST`.
func join(ctx context.Context, call *nodes.Call) error {
	w, err := wireOf(call)
	if err != nil {
		return err
	}
	conn, err := stream.Connect(ctx, call)
	if err != nil {
		return err
	}
	return joined(ctx, call, w, conn)
}

// joined is the conversation on a connection, which is closed afterwards.
func joined(ctx context.Context, call *nodes.Call, w wire, conn *net.TCPConn) error {
	defer conn.Close()
	f := newFloor(call, w)
	f.quits = true
	c := &client{call: call, p: &peer{
		who: caller{name: lookup.Name(stream.Remote(conn).Addr())}, wire: w, floor: f, out: make(chan word, 1),
		conn: stream.NewConn(conn, call.Duration("idle"), call.Duration("stuck")),
	}}
	call.Ready(nodes.Values{"to": c.p.who, "address": stream.Remote(conn)})
	return c.talk(ctx)
}

// client is what a client counts.
type client struct {
	call *nodes.Call
	p    *peer

	received int // the listener's
	sent     int // the speaker's
}

// talk talks to the end, and hands over the result.
func (c *client) talk(ctx context.Context) error {
	talking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	c.p.onMessage, c.p.onSent = c.heard, c.said
	defer stream.Interrupt(talking, c.p.conn)()
	go c.p.floor.run(talking)
	go func() { // ends with talking
		select {
		case <-ctx.Done():
			c.p.floor.part(cancel)
		case <-talking.Done():
		}
	}()
	start := time.Now()
	c.p.floor.enter(c.p, false, func() { c.call.Say("  %s speaks first; /help explains", c.p.who.name) })
	end := c.p.talk(talking)
	c.p.floor.leave(c.p)
	elapsed := time.Since(start)
	cancel()
	<-c.p.floor.done
	unsent := c.p.floor.left()
	c.call.Say("  %s", why(end.reason, end.by))
	if unsent > 0 {
		c.call.Logf("%s", unsentText(unsent))
	}
	c.call.Result(nodes.Values{
		"received": c.received, "sent": c.sent, "unsent": unsent, "seconds": elapsed, "reason": end.reason, "by": end.by,
	})
	if ctx.Err() != nil {
		return nil // it was told to end, and did
	}
	return end.err
}

func (c *client) heard(p *peer, m message) {
	c.received++
	c.call.Event("message", nodes.Values{"from": p.who, "text": m.text, "bytes": m.bytes})
}

func (c *client) said(p *peer, w word) {
	c.sent++
	c.call.Event("sent", nodes.Values{"to": p.who, "text": w.text, "bytes": w.size})
}
