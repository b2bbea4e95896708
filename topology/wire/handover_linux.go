package wire

import (
	"errors"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
)

// A direction changes hands between kernel and pump. To tell the kernel may take it long (it does one
// such thing at a time, for all namespaces, and waits for readers), so that is not done on the
// pump's thread, and when it came into force is told by what the kernel has forwarded since: its own count of
// packets, which frames in the receiver are held against.
//
//	pump ◄─ kernel   open the receiver │ divert   │ leave out the first that came: the kernel forwarded those
//	pump ─► kernel   keep what comes   │ undivert │ leave out the last that came; all that is under way arrives
//
// A frame that comes at the very moment of counting may pass twice, rather than never.

// kept is a frame that waits for what the kernel does with its own copy.
type kept struct {
	frame []byte
	at    instant
}

// mostKept bounds how many frames wait. Where more come, all of them pass, and some twice: better than none.
const mostKept = 512

// takeOver has the pump carry the direction, whose receiver is open.
func (l *lane) takeOver(sink int) error {
	before, since, err := l.forwardedSoon()
	if err == nil {
		err = divert(l.links, l.from, sink)
	}
	after, wrong := l.forwarded()
	if err = errors.Join(err, wrong); err != nil {
		return errors.Join(err, l.pump.do(l.stop))
	}
	return l.pump.call(func() error {
		l.since, l.skip = since, int(after-before)-int(missed(l.receiver))
		return l.pump.listen(l)
	})
}

// forwardedSoon is forwarded, and when the count was asked for: what came before then, the kernel has
// forwarded. What comes while it counts may pass twice, so it is asked again when it has taken its time.
func (l *lane) forwardedSoon() (n uint32, since instant, err error) {
	const soon, tries = instant(1e6), 20
	for range tries {
		since = l.pump.instant(time.Now())
		n, err = l.forwarded()
		if err != nil || l.pump.instant(time.Now())-since < soon {
			break
		}
	}
	return n, since, err
}

// handBack has the kernel carry the direction. What is under way arrives now, in its order.
func (l *lane) handBack() error {
	before, err := l.forwarded()
	if err == nil {
		err = undivert(l.links, l.from)
	}
	if err != nil {
		return errors.Join(err, l.pump.do(func() { l.letGo(0) }))
	}
	after, err := l.forwarded()
	return errors.Join(err, l.pump.do(func() {
		l.drain()
		l.letGo(int(after - before))
		l.pump.arrive(l)
		l.countMissed()
		l.shaper = shaper{}
		l.stop()
	}))
}

// keep has a frame wait.
func (l *lane) keep(frame []byte, at instant) {
	if len(l.kept) >= mostKept {
		l.letGo(0)
		l.take(frame, at)
		return
	}
	buffer := l.copy(frame)
	if buffer == nil {
		l.overrun(frame)
		return
	}
	l.kept = append(l.kept, kept{buffer, at})
}

// letGo decides upon the frames that waited, but for those with the last so many packets, and has none wait any more.
func (l *lane) letGo(forwarded int) {
	all := l.kept
	l.holding, l.kept = false, nil
	end := len(all)
	for ; end > 0 && forwarded > 0; end-- {
		forwarded -= packetsIn(all[end-1].frame)
	}
	for i, k := range all {
		if i < end {
			l.take(k.frame, k.at)
			l.pump.flush(l)
		}
		l.pump.store.put(k.frame)
	}
}

// forwarded is how many packets the kernel has forwarded in this direction; it may wrap.
func (l *lane) forwarded() (uint32, error) {
	filters, err := l.links.FilterList(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: l.from}}, ingress)
	if err != nil {
		return 0, fmt.Errorf("filters: %w", err)
	}
	for _, f := range filters {
		if f.Attrs().Priority != forwardPriority {
			continue
		}
		for _, a := range actionsOf(f) {
			if s := a.Attrs().Statistics; s != nil && s.Basic != nil {
				return s.Basic.Packets, nil
			}
		}
	}
	return 0, errors.New("the kernel does not count what it forwards")
}

func actionsOf(f netlink.Filter) []netlink.Action {
	switch f := f.(type) {
	case *netlink.U32:
		return f.Actions
	case *netlink.MatchAll:
		return f.Actions
	case *netlink.Flower:
		return f.Actions
	}
	return nil
}
