package echo

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"netsim/nodes"
	"netsim/nodes/datagram"
	"netsim/nodes/stream"
)

// The server models, as --model has them.
const (
	iterative  = "iterative"
	concurrent = "concurrent"
	eventloop  = "eventloop"
)

// maxClients bounds how many TCP clients are served at the same time; more wait in the
// listen queue.
const maxClients = 1024

// server is one run of `echo serve`.
type server struct {
	call  *nodes.Call
	upper bool
	tcp   *net.TCPListener
	udp   *datagram.Socket

	clients   atomic.Int64
	datagrams atomic.Int64
	bytes     atomic.Int64
}

func serve(ctx context.Context, call *nodes.Call) error {
	tcp, udp, err := stream.ListenBoth(call.Int("port"))
	if err != nil {
		return err
	}
	s := &server{call: call, upper: call.Bool("upper"), tcp: tcp, udp: udp}
	defer s.udp.Close()
	defer s.tcp.Close()
	call.Ready(nodes.Values{"address": s.tcp.Addr().String(), "port": s.udp.Port()})
	err = s.model(call.Text("model"))(ctx)
	call.Result(nodes.Values{"clients": s.clients.Load(), "datagrams": s.datagrams.Load(), "bytes": s.bytes.Load()})
	return err
}

func (s *server) model(name string) func(context.Context) error {
	switch name {
	case iterative:
		return func(ctx context.Context) error { return s.threads(ctx, 1) }
	case eventloop:
		return s.loop
	}
	return func(ctx context.Context) error { return s.threads(ctx, maxClients) }
}

// threads serves UDP beside so many TCP clients at once, and ends both when one ends.
func (s *server) threads(ctx context.Context, clients int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { s.udp.Close() })()
	udp := make(chan error, 1)
	go func() {
		udp <- s.answerDatagrams()
		cancel()
	}()
	tcp := stream.Server{Listener: s.tcp, Clients: clients, Serve: s.talk, Logf: s.call.Logf}
	tcp.Run(ctx)
	cancel()
	return <-udp
}

func (s *server) answerDatagrams() error {
	b := make([]byte, datagram.MaxSize)
	for {
		n, from, err := s.udp.Receive(b)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		reply := s.reply(b[:n])
		if err := s.udp.Reply(reply, from); err != nil {
			s.call.Logf("no answer to %s: %v", from.From, err)
			continue
		}
		s.datagrams.Add(1)
		s.bytes.Add(int64(len(reply)))
	}
}

// reply is what a whole datagram is answered with.
func (s *server) reply(in []byte) []byte {
	u := upper{on: s.upper}
	return u.end(u.add(nil, in))
}

// talk serves one client to its end.
func (s *server) talk(_ context.Context, conn *stream.Conn) {
	from := conn.RemoteAddr().String()
	s.arrived(from)
	var sent int64
	defer func() { s.left(from, sent) }()
	u := upper{on: s.upper}
	b := make([]byte, 32<<10)
	for {
		n, err := conn.Read(b)
		out := u.add(nil, b[:n])
		if err != nil {
			out = u.end(out)
		}
		m, writeErr := conn.Write(out)
		sent += int64(m)
		if err != nil || writeErr != nil {
			return
		}
	}
}

func (s *server) arrived(from string) {
	s.clients.Add(1)
	s.call.Event("client", nodes.Values{"from": from})
}

func (s *server) left(from string, sent int64) {
	s.bytes.Add(sent)
	s.call.Event("left", nodes.Values{"from": from, "bytes": sent})
}
