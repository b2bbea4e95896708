package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"netsim/nodes"
	"netsim/nodes/stream"
)

// measurement is one run of `probe udp`.
type measurement struct {
	count   int
	size    int
	rate    int // packets a second
	wait    time.Duration
	timeout time.Duration
	session uint64

	sent   int
	failed error // the last error of sending
	report message
}

func runUDP(ctx context.Context, call *nodes.Call) error {
	m := &measurement{
		count:   call.Int("count"),
		size:    int(call.Size("size")),
		rate:    call.Int("rate"),
		wait:    call.Duration("wait"),
		timeout: call.Duration("timeout"),
		session: rand.Uint64(),
	}
	conn, err := stream.Connect(ctx, call)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer stream.Interrupt(ctx, conn)()
	server := stream.Remote(conn)
	if err := m.run(ctx, newControl(conn), server); err != nil {
		call.Result(nodes.Values{"sent": m.sent})
		return interrupted(ctx, err)
	}
	delivered, lost := m.delivered()
	call.Result(m.values(delivered, lost))
	switch {
	case delivered > 0:
		return nil
	case m.failed != nil:
		return m.failed
	}
	return nodes.Failf(nodes.Timeout, "none of %d packets arrived intact at %s", m.sent, server)
}

func (m *measurement) run(ctx context.Context, c *control, server netip.AddrPort) error {
	begin := message{Verb: "udp", Session: fmt.Sprintf("%016x", m.session), Count: m.count, Wait: m.wait}
	c.extend(m.timeout)
	if _, err := c.ask(begin, "go"); err != nil {
		return err
	}
	if err := m.send(ctx, server); err != nil {
		return err
	}
	c.extend(m.timeout + m.wait)
	var err error
	m.report, err = c.ask(message{Verb: "end"}, "report")
	return err
}

// send sends the packets, each at its own time: one that is late does not delay the
// others. What this node cannot get out counts as sent, and will be missing.
func (m *measurement) send(ctx context.Context, server netip.AddrPort) error {
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		return err
	}
	defer conn.Close()
	b := blank(m.size)
	start := time.Now()
	for i := range m.count {
		if !nodes.Pause(ctx, time.Until(start.Add(time.Duration(i)*time.Second/time.Duration(m.rate)))) {
			return nil
		}
		packet{session: m.session, number: uint32(i + 1), sent: time.Now()}.put(b)
		if _, err := conn.Write(b); err != nil {
			m.failed = err
		}
		m.sent++
	}
	return nil
}

// delivered counts what arrived, and lists what did not.
func (m *measurement) delivered() (n int, lost []int) {
	for i := 1; i <= m.sent; i++ {
		if i <= 8*len(m.report.Arrived) && m.report.Arrived.has(uint32(i)) {
			n++
		} else {
			lost = append(lost, i)
		}
	}
	return n, lost
}

func (m *measurement) values(delivered int, lost []int) nodes.Values {
	r := m.report
	v := nodes.Values{
		"sent": m.sent, "delivered": delivered, "lost": len(lost), "lost_packets": lost,
		"duplicated": r.Duplicated, "reordered": r.Reordered, "corrupted": r.Corrupted,
		"latency": nodes.Values{
			"min": r.Latency.Min, "avg": r.Latency.Avg, "p50": r.Latency.P50, "p99": r.Latency.P99, "max": r.Latency.Max,
		},
	}
	if m.sent > 0 {
		v["loss"] = float64(len(lost)) / float64(m.sent)
	}
	return v
}
