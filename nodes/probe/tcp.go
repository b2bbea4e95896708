package probe

import (
	"context"
	"hash/crc32"
	"net"
	"time"

	"netsim/nodes"
	"netsim/nodes/stream"
)

// tcpInfo is what the kernel knows of a connection; zero where it does not tell.
type tcpInfo struct {
	acked       uint64 // bytes that the other end has acknowledged
	retransmits uint32 // segments
	rtt         time.Duration
}

func runTCP(ctx context.Context, call *nodes.Call) error {
	conn, err := stream.Connect(ctx, call)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer stream.Interrupt(ctx, conn)()
	defer guard(conn, call.Duration("timeout"))()
	c := newControl(conn)
	size := call.Size("bytes")
	if _, err := c.ask(message{Verb: "tcp", Bytes: size}, "go"); err != nil {
		return err
	}
	before := readTCPInfo(conn)
	start := time.Now()
	sum, err := flood(conn, size)
	var report message
	if err == nil {
		report, err = c.expect("report")
	}
	elapsed, after := time.Since(start), readTCPInfo(conn)
	values := nodes.Values{"seconds": elapsed, "retransmits": max(0, int(after.retransmits)-int(before.retransmits)), "rtt": after.rtt}
	if err == nil && (report.Bytes != size || report.Checksum != sum) {
		err = nodes.Failf(nodes.Corrupted, "%d bytes with checksum %08x arrived, %d with %08x were sent", report.Bytes, report.Checksum, size, sum)
	}
	if err == nil {
		values["bytes"], values["throughput"] = size, float64(size)*8/elapsed.Seconds()
	}
	call.Result(values)
	return interrupted(ctx, err)
}

// flood writes size bytes and returns their CRC.
func flood(conn net.Conn, size int64) (uint32, error) {
	piece := blank(64 << 10)
	table := castagnoli()
	var sum uint32
	for left := size; left > 0; {
		b := piece[:min(left, int64(len(piece)))]
		n, err := conn.Write(b)
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, table, b[:n])
		left -= int64(n)
		piece[patternAt]++ // so that swapped pieces would be noticed
	}
	return sum, nil
}

// guard breaks off a connection on which the other end acknowledges nothing new for that
// long. Bytes that wait in this node's own buffers may take much longer than that.
func guard(conn *net.TCPConn, patience time.Duration) (release func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(max(patience/20, time.Millisecond))
		defer tick.Stop()
		acked, moved := uint64(0), time.Now()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				if info := readTCPInfo(conn); info.acked != acked {
					acked, moved = info.acked, now
				}
				if now.Sub(moved) > patience {
					conn.SetDeadline(time.Unix(1, 0))
					return
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
