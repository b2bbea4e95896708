package echo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"netsim/nodes"
	"netsim/nodes/datagram"
	"netsim/nodes/icmp"
	"netsim/nodes/stream"
)

// asking is one client's question.
type asking struct {
	ctx    context.Context // ends at the deadline, too
	server netip.AddrPort
	text   string
	hold   func() // waits before sending, where it was asked for
}

// client makes a form's Run of what differs between UDP and TCP.
func client(ask func(asking) (answer, error)) func(context.Context, *nodes.Call) error {
	return func(ctx context.Context, call *nodes.Call) error {
		server, err := stream.ServerOf(call)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, call.Duration("timeout")+call.Duration("hold"))
		defer cancel()
		start := time.Now()
		a, err := ask(asking{ctx, server, call.Arg("TEXT"), func() { hold(ctx, call, server) }})
		a.elapsed = time.Since(start)
		call.Result(nodes.Values{"reply": a.reply, "from": a.from, "seconds": a.elapsed})
		return err
	}
}

// hold is a client that is connected and in no hurry.
func hold(ctx context.Context, call *nodes.Call, server netip.AddrPort) {
	d := call.Duration("hold")
	if d == 0 {
		return
	}
	call.Event("connected", nodes.Values{"to": server.String()})
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func askUDP(q asking) (answer, error) {
	if len(q.text) > datagram.MaxSize {
		return answer{}, nodes.Failf(nodes.TooBig, "%d bytes; a datagram carries at most %d", len(q.text), datagram.MaxSize)
	}
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(q.server))
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if err := icmp.Watch(conn); err != nil {
		return answer{}, err
	}
	defer stream.Expire(q.ctx, conn)()
	b := make([]byte, datagram.MaxSize)
	_, err = conn.Write([]byte(q.text))
	var n int
	if err == nil {
		n, err = conn.Read(b)
	}
	if err != nil {
		return answer{}, icmp.Explain(conn, err)
	}
	return answer{reply: string(b[:n]), from: q.server.Addr().String()}, nil
}

// askTCP closes its own direction after the text, so that every server that reads to the
// end answers; and it stops reading at the length of an answer, so that it does not
// depend on one that never closes.
func askTCP(q asking) (answer, error) {
	conn, err := stream.Dial(q.ctx, q.server)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	defer stream.Expire(q.ctx, conn)()
	q.hold()
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, q.text)
		sent <- errors.Join(err, conn.CloseWrite())
	}()
	want := max(len(q.text), len(strings.ToUpper(q.text)))
	var got strings.Builder
	n, err := io.CopyN(&got, conn, int64(want))
	conn.Close() // ends a write that is not read
	sending := <-sent
	a := answer{reply: got.String(), from: q.server.Addr().String()}
	switch {
	case errors.Is(err, io.EOF) && n == 0 && want > 0:
		return a, nodes.Failf(nodes.Closed, "%s closed the connection without an answer", q.server)
	case err != nil && !errors.Is(err, io.EOF):
		return a, err
	case n == 0 && want > 0 && sending != nil:
		return a, sending
	}
	return a, nil
}
