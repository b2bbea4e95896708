package chat

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

// farewellTime is how long a room that ends may take to send what waits.
const farewellTime = 300 * time.Millisecond

// maxErrors is how many errors without a datagram between them mean that the socket is no good any more.
const maxErrors = 10_000

// server is one run of `chat serve`.
//
//	socket ─► receive ─► room ─► news ─┬─► events
//	          watch, expire ─┘         └─► relay ─► members
type server struct {
	call   *nodes.Call
	socket *datagram.Socket
	fan    *datagram.Fan
	relay  *relay

	mu   sync.Mutex
	room *room
}

func serve(ctx context.Context, call *nodes.Call) error {
	socket, err := datagram.Listen(call.Int("port"))
	if err != nil {
		return err
	}
	defer socket.Close()
	fan, err := socket.Fan()
	if err != nil {
		return err
	}
	defer fan.Close()
	if err := socket.CountMissed(); err != nil {
		return err
	}
	l := limits{
		members: call.Int("members"), perAddress: call.Int("per-address"), idle: call.Duration("idle"),
		rate: call.Int("rate"), burst: call.Int("burst"), silent: call.Int("silent"),
	}
	s := &server{call: call, socket: socket, fan: fan}
	d := &dropped{count: map[reason]uint64{}, tell: s.dropped}
	s.room, s.relay = newRoom(l, d, fan.Open), newRelay(l, d)
	call.Ready(nodes.Values{"address": socket.Address().String(), "port": socket.Port()})
	err = s.run(ctx)
	call.Result(s.result(d))
	return err
}

// run serves until ctx ends.
func (s *server) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { s.socket.Interrupt() })()
	var others, sender sync.WaitGroup
	sender.Go(s.relay.run)
	others.Go(func() { s.fan.Watch(ctx, s.unreachable) })
	others.Go(func() { s.expire(ctx) })
	err := s.receive(ctx)
	cancel()
	others.Wait()
	s.relay.finish(time.Now().Add(farewellTime))
	sender.Wait()
	return err
}

// receive gives datagrams to the room. An error may be of a datagram that was sent earlier: ICMP,
// which anybody can forge. The fan tells of it.
func (s *server) receive(ctx context.Context) error {
	b := make([]byte, datagram.MaxSize)
	seen, failed := 0, 0
	for {
		n, from, err := s.socket.Receive(b)
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		case err != nil && failed < maxErrors:
			failed++
			continue
		case err != nil:
			return err
		}
		failed = 0
		s.mu.Lock()
		if from.Missed > seen {
			s.room.dropped.addAll(missed, from.Missed-seen, from.From.Addr())
			seen = from.Missed
		}
		s.spread(s.room.take(from, b[:n], time.Now()))
		s.mu.Unlock()
	}
}

func (s *server) unreachable(u datagram.Unreachable) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spread(s.room.unreachable(u))
}

// expire dismisses silent members in time.
func (s *server) expire(ctx context.Context) {
	tick := time.NewTicker(max(min(s.room.idle/4, time.Second), time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.mu.Lock()
			for _, n := range s.room.expire(now) {
				s.spread(n)
			}
			s.mu.Unlock()
		}
	}
}

// spread tells what has happened: the other members, and whoever reads events.
func (s *server) spread(n news) {
	if n.event == "" {
		return
	}
	if n.event == "left" {
		n.member.outlet.Close()
	}
	s.relay.push(&broadcast{from: n.member, rank: s.room.rank(n.member), data: n.out, to: s.room.all})
	s.call.Event(n.event, n.values())
}

func (n news) values() nodes.Values {
	v := nodes.Values{"address": n.member.peer().Addr(), "port": n.member.peer().Port()}
	switch n.event {
	case "message":
		v["from"], v["text"] = n.member.name, n.text
	case "left":
		v["name"], v["reason"] = n.member.name, n.reason
	default:
		v["name"] = n.member.name
	}
	return v
}

func (s *server) dropped(v nodes.Values) {
	s.call.Event("dropped", v)
	s.call.Logf("thrown away, %v: %v by now, the last of %v", v["reason"], v["count"], v["address"])
}

func (s *server) result(d *dropped) nodes.Values {
	r := s.room
	return nodes.Values{
		"joined": r.joined, "left": r.left, "members": len(r.all), "most": r.most, "messages": r.messages,
		"sent": s.relay.sent.Load(), "dropped": d.values(),
	}
}
