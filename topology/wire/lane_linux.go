package wire

import (
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
)

// lane is one direction of a link.
type lane struct {
	pump      *pump
	direction topology.Direction
	links     *netlink.Handle
	from, to  int     // devices
	receiver  int     // packet socket at from; -1 while the kernel forwards
	sender    int     // packet socket at to
	since     instant // what came before has been forwarded by the kernel,
	skip      int     // and so many packets of those that came later
	holding   bool    // frames are kept until it is known which the kernel has forwarded
	kept      []kept

	base       uint64
	impairment topology.Impairment
	down       bool
	refuse     topology.Refusal
	flows      *flowTable
	shaper     shaper
	ledger     *ledger

	ready   []outgoing // to be sent at once
	pending int        // frames in the pump's heap
	stalled instant    // until when the kernel is left alone, which took no more
	tries   int        // since it took something
}

// outgoing is a frame that is due.
type outgoing struct {
	buffer []byte
	stored bool // it goes back to the store
}

// holdLimit is how long a packet waits to be overtaken by the next one of its flow.
const holdLimit = instant(100e6)

// take decides upon a frame that came in, with its offload header. The buffer may be changed, and
// is free again once the lane is flushed.
func (l *lane) take(buffer []byte, at instant) {
	p := parse(buffer[offloadHeader:])
	if p.signalling {
		if l.down {
			l.note(p.key, topology.LinkDown, l.flows.find(&p).count())
			return
		}
		l.ready = append(l.ready, outgoing{buffer, false})
		return
	}
	f := l.flows.find(&p)
	t := trainOf(offload(buffer[:offloadHeader]), &p)
	if t.count == 1 {
		l.single(f, &p, &t, buffer, at)
		return
	}
	l.train(f, &p, &t, buffer, at)
}

// fateOf is what happens to the next packet of a flow, before the queue has its say.
func (l *lane) fateOf(f *flow, p *packet) fate {
	d := f.next(&l.impairment)
	switch {
	case l.down:
		d.lost = topology.LinkDown
	case !l.refuse.IsZero() && l.refuse.Refuses(p.key.from(), p.key.to()):
		d.lost = topology.Partition
	}
	return d
}

// pass lets a packet into queue and line, lost ones too: they are lost behind them. It returns
// when the packet is due, and false when it does not arrive.
func (l *lane) pass(f *flow, d *fate, at instant, bits int) (due instant, arrives bool) {
	fits := true
	switch d.lost {
	case "":
		due, fits = l.shaper.admit(&l.impairment, at, bits, d.jitter)
	case topology.Lost, topology.Dropped:
		fits = l.shaper.occupy(&l.impairment, at, bits)
	}
	if !fits {
		d.lost = topology.QueueFull
	}
	if d.lost != "" {
		l.note(f.key, d.lost, d.n)
	}
	return due, d.lost == ""
}

func (l *lane) note(key flowKey, cause topology.Cause, n uint64) {
	l.ledger.note(key, cause, n, &l.pump.budget)
}

// single decides upon a frame that is one packet.
func (l *lane) single(f *flow, p *packet, t *train, buffer []byte, at instant) {
	d := l.fateOf(f, p)
	if due, ok := l.pass(f, &d, at, t.bits(0)); ok {
		l.deliver(f, p, &d, buffer, false, due)
	}
}

// train decides upon each packet of a super-packet. Those that just pass leave together, as far as they
// follow each other and the line takes no more than a millisecond for them.
func (l *lane) train(f *flow, p *packet, t *train, buffer []byte, at instant) {
	const together = instant(1e6)
	begin, first, last := 0, instant(0), instant(0)
	leave := func(end int) {
		if begin < end {
			l.run(f, p, t, buffer, begin, end, last)
		}
	}
	for i := range t.count {
		d := l.fateOf(f, p)
		due, ok := l.pass(f, &d, at, t.bits(i))
		if ok && d.plain() {
			if i > begin && due-first > together {
				leave(i)
				begin = i
			}
			if i == begin {
				first = due
			}
			last = due
			continue
		}
		leave(i)
		begin = i + 1
		if ok {
			l.piece(f, p, t, &d, buffer, i, due)
		}
	}
	leave(t.count)
}

// run sends packets begin to before end of a train, none of which has a fate of its own.
func (l *lane) run(f *flow, p *packet, t *train, buffer []byte, begin, end int, due instant) {
	stored := false
	if begin > 0 || end < t.count {
		if buffer, stored = l.cut(p, t, buffer, begin, end), true; buffer == nil {
			l.ledger.lost(f.key, uint64(end-begin))
			return
		}
	}
	l.deliver(f, p, &fate{}, buffer, stored, due)
}

// piece sends packet i of a train.
func (l *lane) piece(f *flow, p *packet, t *train, d *fate, buffer []byte, i int, due instant) {
	cut := l.cut(p, t, buffer, i, i+1)
	if cut == nil {
		l.ledger.lost(f.key, 1)
		return
	}
	one := *p
	one.end = one.payload + min(t.size, t.payload-i*t.size)
	l.deliver(f, &one, d, cut, true, due)
}

func (l *lane) cut(p *packet, t *train, buffer []byte, i, j int) []byte {
	to := l.pump.store.get(offloadHeader + t.headers + (j-i)*t.size)
	if to == nil {
		return nil
	}
	return t.cut(to, buffer, p, i, j)
}

// deliver sends a frame on when it is due, as often and as whole as its fate has it, and after
// it those that it overtakes.
func (l *lane) deliver(f *flow, p *packet, d *fate, buffer []byte, stored bool, due instant) {
	if d.corrupt {
		corrupt(buffer, p, d.bit)
		l.note(f.key, topology.Corrupted, d.n)
	}
	var again []byte
	if d.duplicate {
		if again = l.copy(buffer); again != nil {
			l.note(f.key, topology.Duplicated, d.n)
		}
	}
	send := l.leave
	if d.reorder {
		send = func(o outgoing, due instant) { l.wait(f, d.n, o, due) }
	}
	send(outgoing{buffer, stored}, due)
	if again != nil {
		send(outgoing{again, true}, due)
	}
	if !d.reorder {
		l.overtake(f, due)
	}
}

// wait keeps a packet until the next one of its flow has left.
func (l *lane) wait(f *flow, n uint64, o outgoing, due instant) {
	if h := l.hold(o, due+holdLimit); h != nil {
		h.owner, h.number = f, n
		f.held = append(f.held, h)
	}
}

// overtake lets those go that waited for the packet that leaves now.
func (l *lane) overtake(f *flow, due instant) {
	var last uint64
	for _, h := range f.held {
		if h.number != last { // a packet may wait twice
			l.note(f.key, topology.Reordered, h.number)
		}
		last = h.number
		h.owner, h.due, h.order = nil, max(due, l.pump.now), l.pump.number()
		l.pump.heap.moved(h)
	}
	f.held = f.held[:0]
}

// leave sends a frame at once, if it is due and none is before it, or else when it is.
func (l *lane) leave(o outgoing, due instant) {
	if due <= l.pump.now && l.pending == 0 && l.stalled <= l.pump.now {
		l.ready = append(l.ready, o)
		return
	}
	l.hold(o, max(due, l.stalled))
}

// hold puts a frame into the heap; nil where there is no room.
func (l *lane) hold(o outgoing, due instant) *pending {
	if !o.stored {
		whole := o.buffer
		if o.buffer = l.copy(whole); o.buffer == nil {
			l.overrun(whole)
			return nil
		}
	}
	h := &pending{due: due, order: l.pump.number(), lane: l, frame: o.buffer}
	l.pump.heap.push(h)
	l.pending++
	return h
}

func (l *lane) copy(buffer []byte) []byte {
	to := l.pump.store.get(len(buffer))
	if to == nil {
		return nil
	}
	return append(to, buffer...)
}

// overrun counts the packets of a frame that this machine lost.
func (l *lane) overrun(buffer []byte) {
	p, t := read(buffer)
	l.ledger.lost(p.key, uint64(t.count))
}

// read looks into a frame with its offload header.
func read(buffer []byte) (packet, train) {
	p := parse(buffer[offloadHeader:])
	return p, trainOf(offload(buffer[:offloadHeader]), &p)
}

// packetsIn is how many packets a frame is.
func packetsIn(buffer []byte) int {
	_, t := read(buffer)
	return t.count
}

// bitsIn is what a frame takes on the line, as the packets that it is.
func bitsIn(buffer []byte) int {
	_, t := read(buffer)
	return (t.count*t.headers + t.payload) * 8
}

// isActive says whether the pump carries the direction.
func (l *lane) isActive() bool { return l.receiver >= 0 }

// leads says whether somebody is at the other end of the device that the lane sends at.
func (l *lane) leads() bool {
	link, err := l.links.LinkByIndex(l.to)
	return err == nil && link.Attrs().RawFlags&unix.IFF_LOWER_UP != 0
}
