package datagram

import (
	"context"
	"net"
	"net/netip"
	"netsim/nodes"
	"time"
)

// Rounds is what is sent to many: the same text several times, out of several interfaces.
type Rounds struct {
	Text  []byte
	To    netip.AddrPort
	Via   []net.Interface // empty: by the routing table
	Count int
	Every time.Duration // from one round to the next
}

// Send sends until all rounds are done or ctx ends, and returns how many datagrams left.
// What does not leave by an interface is told to failed, once for each; it is an
// error when nothing has left at all.
func (r Rounds) Send(ctx context.Context, s *Socket, failed func(i net.Interface, err error)) (sent int, err error) {
	ways := r.Via
	if len(ways) == 0 {
		ways = []net.Interface{{}}
	}
	told := map[int]bool{}
	for round := range r.Count {
		if round > 0 && !nodes.Pause(ctx, r.Every) {
			break
		}
		for _, i := range ways {
			sending := s.SendVia(r.Text, r.To, i)
			if sending == nil {
				sent++
				continue
			}
			err = sending
			if !told[i.Index] {
				told[i.Index] = true
				failed(i, err)
			}
		}
	}
	if sent > 0 {
		err = nil
	}
	return sent, err
}
