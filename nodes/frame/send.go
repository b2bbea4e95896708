package frame

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"netsim/nodes"
	"netsim/nodes/framing"
	"netsim/nodes/stream"
)

// sender is one run of `frame send`.
type sender struct {
	conn     *stream.Conn
	interval time.Duration

	sent   int // messages
	writes int
	bytes  int64
}

func send(ctx context.Context, call *nodes.Call) error {
	messages, err := encode(call)
	if err != nil {
		return err
	}
	conn, err := stream.Connect(ctx, call)
	if err != nil {
		return err
	}
	defer stream.Interrupt(ctx, conn)()
	s := &sender{conn: stream.NewConn(conn, 0, call.Duration("timeout")), interval: call.Duration("interval")}
	err = s.all(ctx, messages, call)
	err = errors.Join(err, conn.Close())
	call.Result(nodes.Values{"sent": s.sent, "bytes": s.bytes, "writes": s.writes})
	return err
}

// all sends the messages, each in one piece or in several.
func (s *sender) all(ctx context.Context, messages [][]byte, call *nodes.Call) error {
	for i, m := range messages {
		size := max(len(m), 1)
		if call.Has("piece") {
			size = int(call.Size("piece"))
		}
		cut := i == len(messages)-1 && call.Has("cut")
		if cut {
			m = m[:max(0, len(m)-int(call.Size("cut")))]
		}
		for piece := range slices.Chunk(m, size) {
			if err := s.piece(ctx, piece); err != nil {
				return err
			}
		}
		if !cut {
			s.sent++
		}
	}
	return nil
}

func (s *sender) piece(ctx context.Context, b []byte) error {
	if s.writes > 0 {
		nodes.Pause(ctx, s.interval)
	}
	n, err := s.conn.Write(b)
	s.writes++
	s.bytes += int64(n)
	return err
}

// encode makes of each message the bytes that go out for it.
func encode(call *nodes.Call) ([][]byte, error) {
	if err := needs(call, false, "big-endian", "max", "claim"); err != nil {
		return nil, err
	}
	var all [][]byte
	for _, text := range call.Args("MSG") {
		b := []byte(text)
		if !call.Bool("raw") {
			var err error
			if b, err = codec(call).Append(nil, b); err != nil {
				return nil, err
			}
		}
		all = append(all, b)
	}
	if call.Has("claim") {
		claim(codec(call), all[len(all)-1], uint32(call.Int("claim")))
	}
	return all, nil
}

// claim writes another length into a message.
func claim(c framing.Codec, message []byte, length uint32) {
	if c.BigEndian {
		binary.BigEndian.PutUint32(message, length)
		return
	}
	binary.LittleEndian.PutUint32(message, length)
}
