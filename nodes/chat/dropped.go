package chat

import (
	"math/bits"
	"net/netip"
	"sync"

	"netsim/nodes"
)

// reason is why something was thrown away.
type reason struct{ name, help string }

// The reasons, in the order of the result.
var reasons = []reason{missed, garbled, nameless, full, crowded, exhausted, hasty, cut, silent, backlog, stuck}

var (
	missed    = reason{"missed", "for which the kernel had no room"}
	garbled   = reason{"garbled", "not UTF-8"}
	nameless  = reason{"nameless", "a first datagram that is no name"}
	full      = reason{"full", "from strangers while the room was full"}
	crowded   = reason{"crowded", "from strangers whose address had its members already"}
	exhausted = reason{"exhausted", "from strangers while this machine had no socket left"}
	hasty     = reason{"rate", "from members that sent more than they may, and from strangers when too many came at once"}
	cut       = reason{"cut", "the end of names and messages that were too long; the rest was taken"}
	silent    = reason{"silent", "to members from which nothing came, beyond what they may be sent"}
	backlog   = reason{"backlog", "messages and announcements for all, when too many waited to be sent"}
	stuck     = reason{"stuck", "to members whose address took no more, or could not be reached"}
)

// dropped counts what is thrown away. It is safe for concurrent use.
type dropped struct {
	tell func(nodes.Values) // the 1st, 2nd, 4th, 8th, … time of each reason; must not wait

	mu    sync.Mutex
	count map[reason]uint64
}

func (d *dropped) add(r reason, whose netip.Addr) { d.addAll(r, 1, whose) }

func (d *dropped) addAll(r reason, more int, whose netip.Addr) {
	d.mu.Lock()
	before := d.count[r]
	n := before + uint64(more)
	d.count[r] = n
	d.mu.Unlock()
	if bits.Len64(n) > bits.Len64(before) {
		d.tell(nodes.Values{"reason": r.name, "count": n, "address": whose})
	}
}

func (d *dropped) values() nodes.Values {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := nodes.Values{}
	for r, n := range d.count {
		v[r.name] = n
	}
	return v
}
