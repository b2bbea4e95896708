package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

// live is a session that runs. Its bookkeeping is guarded by the server's mutex.
type live struct {
	*session
	source netip.AddrPort
	news   chan struct{} // a packet came
}

func (s *server) take(b []byte, from datagram.Origin) {
	p, ok := parsePacket(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.sources[from.From]
	if ok || l == nil {
		l = s.sessions[p.session]
	}
	switch {
	case l == nil:
		return
	case !ok:
		l.corrupted++
	default:
		if !l.source.IsValid() {
			l.source = from.From
			s.sources[l.source] = l
		}
		l.take(p, from.At)
	}
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (s *server) measureUDP(ctx context.Context, c *control, m message) error {
	id, err := strconv.ParseUint(m.Session, 16, 64)
	if err != nil {
		return c.send(message{Verb: "refuse", Reason: fmt.Sprintf("session %q is not a number", m.Session)})
	}
	l, refusal := s.open(id, m.Count)
	if l == nil {
		return c.send(message{Verb: "refuse", Reason: refusal})
	}
	defer s.close(id, l)
	if err := c.send(message{Verb: "go"}); err != nil {
		return err
	}
	if err := c.awaitEnd(l); err != nil {
		return err
	}
	s.settle(ctx, l, min(m.Wait, 10*time.Second))
	report := s.report(l)
	s.call.Event("session", nodes.Values{"mode": "udp", "from": address(c.conn), "delivered": l.delivered})
	s.ended.Add(1)
	return c.send(report)
}

// open makes a session, or says why not.
func (s *server) open(id uint64, count int) (*live, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	announced := count
	for _, l := range s.sessions {
		announced += l.count
	}
	switch {
	case s.sessions[id] != nil:
		return nil, "this session runs already"
	case count < 1 || count > maxPackets || announced > maxPackets:
		return nil, fmt.Sprintf("%d packets; at most %d in all sessions together", count, maxPackets)
	}
	l := &live{session: newSession(count), news: make(chan struct{}, 1)}
	s.sessions[id] = l
	return l, ""
}

func (s *server) close(id uint64, l *live) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, id)
	delete(s.sources, l.source)
}

// awaitEnd waits until the client has sent its packets. While packets come, the client is
// alive; it may be silent on the control connection for hours.
func (c *control) awaitEnd(l *live) error {
	ended := make(chan error, 1)
	go func() {
		_, err := c.expect("end")
		ended <- err
	}()
	for {
		select {
		case err := <-ended:
			return err
		case <-l.news:
			c.extend(idle)
		}
	}
}

// settle waits for packets that are still on their way.
func (s *server) settle(ctx context.Context, l *live, wait time.Duration) {
	for ctx.Err() == nil {
		s.mu.Lock()
		complete := l.complete()
		s.mu.Unlock()
		if complete {
			wait = min(wait, linger)
		}
		select {
		case <-l.news:
		case <-time.After(wait):
			return
		case <-ctx.Done():
		}
	}
}

func (s *server) report(l *live) message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return message{
		Verb: "report", Arrived: l.arrived, Duplicated: l.duplicated, Reordered: l.reordered,
		Corrupted: l.corrupted, Latency: summarize(l.latencies),
	}
}
