package trace

import (
	"net/netip"
	"time"

	"netsim/nodes"
)

// way is what is known of the way to a host.
type way struct {
	name func(netip.Addr) string // how to show an address

	hops    []hop      // [ttl-1]
	reached bool       // the last hop is the host itself
	word    nodes.Word // why it ends short of the host
	told    netip.Addr // by whom; not valid for this node itself
}

// hop is who answered the datagrams with one TTL.
type hop struct {
	ttl  int
	from netip.Addr // not valid: nobody
	rtt  time.Duration
}

// answer is one answer to a datagram.
type answer struct {
	hop
	arrived bool       // the host itself answered
	word    nodes.Word // what was said; TTLExceeded on the way
	own     bool       // this node itself says so
}

// ends says whether the way does not lead past this answer.
func (a answer) ends() bool { return a.arrived || a.word != nodes.TTLExceeded }

// pass adds a hop on the way, or a silent one.
func (w *way) pass(h hop) { w.hops = append(w.hops, h) }

// end ends the way. The answer may be one to an earlier, seemingly silent, datagram. A router
// that finds the next one unreachable has been passed already when it said before that
// the TTL ran out; it is not on the way twice.
func (w *way) end(a answer) {
	w.hops = w.hops[:min(len(w.hops), a.ttl-1)]
	w.reached = a.arrived
	if !a.arrived {
		w.word = a.word
	}
	if a.own {
		return
	}
	w.told = a.from
	if n := len(w.hops); a.arrived || n == 0 || w.nameOf(w.hops[n-1]) != w.nameOf(a.hop) {
		w.hops = append(w.hops, a.hop)
	}
}

// giveUp ends the way without an answer: the silent hops at its end say nothing.
func (w *way) giveUp(word nodes.Word) {
	w.word = word
	for n := len(w.hops); n > 0 && !w.hops[n-1].from.IsValid(); n-- {
		w.hops = w.hops[:n-1]
	}
}

// silent counts the silent hops at the end.
func (w *way) silent() (n int) {
	for i := len(w.hops) - 1; i >= 0 && !w.hops[i].from.IsValid(); i-- {
		n++
	}
	return n
}

func (w *way) nameOf(h hop) string {
	if !h.from.IsValid() {
		return "*"
	}
	return w.name(h.from)
}

func (w *way) values() nodes.Values {
	var path, addresses []string
	for _, h := range w.hops {
		path = append(path, w.nameOf(h))
		if h.from.IsValid() {
			addresses = append(addresses, h.from.String())
		} else {
			addresses = append(addresses, "*")
		}
	}
	return nodes.Values{"path": path, "addresses": addresses, "hops": len(w.hops), "reached": w.reached}
}

func (w *way) err(host string) error {
	switch {
	case w.reached:
		return nil
	case w.told.IsValid():
		return nodes.Failf(w.word, "%s, says %s", host, w.name(w.told))
	case w.word == nodes.Timeout || w.word == nodes.TTLExceeded:
		return nodes.Failf(w.word, "%s is not reached; %d hops are known", host, len(w.hops))
	}
	return nodes.Failf(w.word, "%s, says this node itself", host)
}
