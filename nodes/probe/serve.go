package probe

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"netsim/nodes"
	"netsim/nodes/datagram"
	"netsim/nodes/stream"
)

// What a server takes on at most. A session's memory is in proportion to its packets.
const (
	maxSessions = 64
	maxPackets  = 4_000_000 // announced by all running sessions together
	idle        = 60 * time.Second
	linger      = 10 * time.Millisecond // a duplicate follows its original closely
)

// server is one run of `probe serve`.
type server struct {
	call *nodes.Call
	tcp  *net.TCPListener
	udp  *datagram.Socket

	ended   atomic.Int64
	packets atomic.Int64
	bytes   atomic.Int64

	mu       sync.Mutex
	sessions map[uint64]*live
	sources  map[netip.AddrPort]*live // of intact packets: a changed one may name any session
}

func serve(ctx context.Context, call *nodes.Call) error {
	tcp, udp, err := stream.ListenBoth(call.Int("port"))
	if err != nil {
		return err
	}
	s := &server{call: call, tcp: tcp, udp: udp, sessions: map[uint64]*live{}, sources: map[netip.AddrPort]*live{}}
	call.Ready(nodes.Values{"address": s.tcp.Addr().String(), "port": s.udp.Port()})
	err = s.run(ctx)
	call.Result(nodes.Values{"sessions": s.ended.Load(), "packets": s.packets.Load(), "bytes": s.bytes.Load()})
	return err
}

func (s *server) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { s.udp.Close() })()
	udp := make(chan error, 1)
	go func() {
		udp <- s.receive()
		cancel()
	}()
	tcp := stream.Server{Listener: s.tcp, Clients: maxSessions, Serve: s.client, Logf: s.call.Logf}
	tcp.Run(ctx)
	cancel()
	return <-udp
}

// receive gives UDP packets to their sessions.
func (s *server) receive() error {
	b := make([]byte, datagram.MaxSize)
	for {
		n, from, err := s.udp.Receive(b)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		s.packets.Add(1)
		s.take(b[:n], from)
	}
}

func (s *server) client(ctx context.Context, conn *stream.Conn) {
	c := newControl(conn)
	c.extend(idle)
	m, err := c.receive()
	if err == nil {
		switch m.Verb {
		case "udp":
			err = s.measureUDP(ctx, c, m)
		case "tcp":
			err = s.measureTCP(c, m)
		default:
			err = c.send(message{Verb: "refuse", Reason: fmt.Sprintf("unknown verb %q", m.Verb)})
		}
	}
	if err != nil && ctx.Err() == nil {
		s.call.Logf("client %s: %v", conn.RemoteAddr(), err)
	}
}

func (s *server) measureTCP(c *control, m message) error {
	if m.Bytes < 1 {
		return c.send(message{Verb: "refuse", Reason: fmt.Sprintf("%d bytes", m.Bytes)})
	}
	if err := c.send(message{Verb: "go"}); err != nil {
		return err
	}
	sum := crc32.New(castagnoli())
	b := make([]byte, 128<<10)
	var got int64
	defer func() { s.bytes.Add(got) }()
	for got < m.Bytes {
		n, err := c.in.Read(b[:min(int64(len(b)), m.Bytes-got)])
		got += int64(n)
		sum.Write(b[:n])
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", got, m.Bytes, noEOF(err))
		}
		c.extend(idle)
	}
	s.call.Event("session", nodes.Values{"mode": "tcp", "from": address(c.conn), "bytes": got})
	s.ended.Add(1)
	return c.send(message{Verb: "report", Bytes: got, Checksum: sum.Sum32()})
}

// castagnoli is the CRC that processors compute themselves.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func address(conn net.Conn) netip.Addr {
	a, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	return a.Addr()
}
