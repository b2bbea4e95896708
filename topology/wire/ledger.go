package wire

import (
	"slices"

	"netsim/topology"
)

// maxRecorded bounds the numbers that all wires of a pump write down between two looks. What comes
// after is counted alone.
const maxRecorded = 1 << 20

// ledger is what one direction of a link has done to packets.
type ledger struct {
	totals map[topology.Cause]uint64
	rows   map[row]*entry // since the last look
	order  []row
}

type row struct {
	key   flowKey
	cause topology.Cause
}

type entry struct {
	numbers []uint64
	more    uint64
}

func newLedger() *ledger {
	return &ledger{totals: map[topology.Cause]uint64{}, rows: map[row]*entry{}}
}

// note writes down a packet; budget is how many numbers there is room for.
func (l *ledger) note(key flowKey, cause topology.Cause, n uint64, budget *int) {
	l.totals[cause]++
	r := row{key, cause}
	e := l.rows[r]
	if e == nil {
		if *budget <= 0 {
			r = row{cause: cause} // flows are bounded, too
			e = l.rows[r]
		}
		if e == nil {
			e = &entry{}
			l.rows[r] = e
			l.order = append(l.order, r)
			*budget--
		}
	}
	if *budget <= 0 {
		e.more++
		return
	}
	*budget--
	e.numbers = append(e.numbers, n)
}

// lost counts packets of which the numbers are not known, and where the kernel dropped them before the wire
// saw them, not even the flow.
func (l *ledger) lost(key flowKey, n uint64) {
	if n == 0 {
		return
	}
	l.totals[topology.Overrun] += n
	r := row{key, topology.Overrun}
	if l.rows[r] == nil && len(l.rows) >= maxRecorded {
		r.key = flowKey{}
	}
	if l.rows[r] == nil {
		l.rows[r] = &entry{}
		l.order = append(l.order, r)
	}
	l.rows[r].more += n
}

// take returns what was written down, in the order in which it began, and forgets it.
func (l *ledger) take(node, network string, d topology.Direction) []topology.Fault {
	faults := make([]topology.Fault, 0, len(l.order))
	for _, r := range l.order {
		e := l.rows[r]
		slices.Sort(e.numbers)
		flow := topology.Flow{Protocol: "any"}
		if r.key != (flowKey{}) {
			flow = r.key.flow()
		}
		faults = append(faults, topology.Fault{
			Node: node, Network: network, Direction: d, Cause: r.cause,
			Flow: flow, Packets: e.numbers, More: e.more,
		})
	}
	clear(l.rows)
	l.order = l.order[:0]
	return faults
}
