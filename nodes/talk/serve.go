package talk

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
	"netsim/nodes/stream"
)

// parting is how long a program that was told to end waits for the others to take its q.
const parting = 300 * time.Millisecond

// server is one run of `talk serve`.
type server struct {
	call  *nodes.Call
	wire  wire
	floor *floor

	mu      sync.Mutex
	tally   tally
	refused time.Time // when it was last logged
}

// tally is what the result counts.
type tally struct {
	clients, received, sent int
	bytesIn, bytesOut       int64
	refused                 int
	evicted                 int64
	endings                 map[string]int // by reason
}

func serve(ctx context.Context, call *nodes.Call) error {
	s := &server{call: call, tally: tally{endings: map[string]int{}}}
	if err := s.configure(); err != nil {
		return err
	}
	l, err := stream.Listen(call.Int("port"))
	if err != nil {
		return err
	}
	call.Ready(nodes.Values{"address": l.Addr().String(), "port": l.Addr().(*net.TCPAddr).Port})
	s.run(ctx, l)
	s.result()
	return nil
}

// configure reads the flags.
func (s *server) configure() (err error) {
	if s.call.Has("clients") && !s.call.Bool("concurrent") {
		return &nodes.UsageError{Message: "talk serve: --clients is for several at once", Hint: "add --concurrent"}
	}
	if s.wire, err = wireOf(s.call); err != nil {
		return err
	}
	s.floor = newFloor(s.call, s.wire)
	return errors.Join(s.phrase("greet", &s.floor.greet), s.phrase("reply", &s.floor.reply))
}

// phrase is what a flag has the server say by itself.
func (s *server) phrase(flag string, to **word) error {
	text := s.call.Text(flag)
	if text == "" {
		return nil
	}
	w, err := s.wire.encode(text)
	if err != nil {
		return &nodes.UsageError{Message: "talk serve: --" + flag + ": " + err.Error()}
	}
	w.auto = true
	*to = &w
	return nil
}

// run serves until ctx ends and everybody was told so.
func (s *server) run(ctx context.Context, l *net.TCPListener) {
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go s.floor.run(serving)
	go func() { // ends with serving
		select {
		case <-ctx.Done():
			s.floor.part(cancel)
		case <-serving.Done():
		}
	}()
	server := stream.Server{
		Listener: l, Clients: 1, Idle: s.call.Duration("idle"), Stuck: s.call.Duration("stuck"),
		Serve: s.serve, Logf: s.call.Logf,
	}
	if s.call.Bool("concurrent") {
		server.Clients, server.Evict, server.Refuse = s.call.Int("clients"), true, s.refuse
	}
	server.Run(serving)
	s.tally.evicted = server.Evicted()
	cancel()
	<-s.floor.done
}

// part tells everybody q, and then ends a context: when all have left, or soon.
func (f *floor) part(cancel func()) {
	defer cancel()
	t := time.NewTimer(parting)
	defer t.Stop()
	select {
	case <-f.dismiss():
	case <-t.C:
	}
}

// serve talks with one client.
func (s *server) serve(ctx context.Context, conn *stream.Conn) {
	p := &peer{
		who: caller{name: lookup.Name(stream.Remote(conn).Addr())}, conn: conn, wire: s.wire, floor: s.floor,
		out: make(chan word, 1), onMessage: s.heard, onSent: s.said,
	}
	s.count(func(t *tally) {
		t.clients++
		p.number = t.clients
	})
	if s.call.Bool("concurrent") {
		p.who.number = p.number
	}
	s.floor.enter(p, true, func() {
		s.call.Event("client", nodes.Values{"client": p.number, "from": p.who})
	})
	end := p.talk(ctx)
	if conn.Evicted() {
		end = ending{reason: evicted, by: us}
	}
	s.floor.leave(p)
	s.count(func(t *tally) { t.endings[end.reason]++ })
	if end.reason == corrupted || end.reason == failed {
		s.call.Logf("%s (client %d): %v", p.who.name, p.number, end.err)
	}
	s.call.Event("left", nodes.Values{"client": p.number, "from": p.who, "reason": end.reason, "by": end.by})
}

func (s *server) heard(p *peer, m message) {
	p.conn.Keep()
	s.count(func(t *tally) {
		t.received++
		t.bytesIn += int64(m.bytes)
	})
	s.call.Event("message", nodes.Values{"client": p.number, "from": p.who, "text": m.text, "bytes": m.bytes})
}

func (s *server) said(p *peer, w word) {
	s.count(func(t *tally) {
		t.sent++
		t.bytesOut += int64(w.size)
	})
	s.call.Event("sent", nodes.Values{"client": p.number, "to": p.who, "text": w.text, "bytes": w.size})
}

// refuse turns a client away, and logs it once a second at most.
func (s *server) refuse(conn *stream.Conn) {
	n := 0
	s.count(func(t *tally) {
		t.refused++
		n = t.refused
	})
	if now := time.Now(); now.Sub(s.refused) >= time.Second {
		s.refused = now
		s.call.Logf("%s is turned away, %d in all: --clients %s are here", lookup.Name(stream.Remote(conn).Addr()), n, s.call.Text("clients"))
	}
}

func (s *server) count(change func(*tally)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.tally)
}

func (s *server) result() {
	t := s.tally
	s.call.Result(nodes.Values{
		"clients": t.clients, "received": t.received, "sent": t.sent, "bytes_in": t.bytesIn, "bytes_out": t.bytesOut,
		"refused": t.refused, "evicted": t.evicted, "idle": t.endings[idle], "stuck": t.endings[stuck],
		"truncated": t.endings[truncated], "corrupted": t.endings[corrupted], "unsent": s.floor.left(),
	})
}
