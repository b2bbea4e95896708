package trace

import (
	"fmt"
	"net/netip"
	"testing"

	"netsim/nodes"
)

func address(s string) netip.Addr { return netip.MustParseAddr(s) }

// The net of these tests; r1 has two addresses, and silence is a zero hop.
//
//	alice ── r1 ── r2 ── bob
func names(a netip.Addr) string {
	switch a.String() {
	case "10.1.0.1", "10.2.0.1":
		return "r1"
	case "10.2.0.2":
		return "r2"
	case "10.3.0.9":
		return "bob"
	}
	return a.String()
}

func at(ttl int, from string) answer {
	return answer{hop: hop{ttl: ttl, from: address(from)}, word: nodes.TTLExceeded}
}

func unreachable(ttl int, from string, word nodes.Word) answer {
	a := at(ttl, from)
	a.word = word
	return a
}

func TestWay(t *testing.T) {
	arrived := at(3, "10.3.0.9")
	arrived.arrived, arrived.word = true, nodes.Refused
	own := unreachable(1, "10.1.0.2", nodes.HostUnreachable)
	own.own = true
	silence := func(ttl int) answer { return answer{hop: hop{ttl: ttl}, word: nodes.Timeout} }
	for _, c := range []struct {
		name    string
		passed  []answer
		end     answer
		path    string
		error   nodes.Word
		reached bool
	}{
		{"arrived", []answer{at(1, "10.1.0.1"), at(2, "10.2.0.2")}, arrived, "[r1 r2 bob]", "", true},
		{"arrived past a silent router", []answer{at(1, "10.1.0.1"), silence(2)}, arrived, "[r1 * bob]", "", true},
		{"no route at the second router", []answer{at(1, "10.1.0.1")}, unreachable(2, "10.2.0.2", nodes.NetworkUnreachable), "[r1 r2]", nodes.NetworkUnreachable, false},
		{"no such host behind the first", []answer{at(1, "10.1.0.1")}, unreachable(2, "10.1.0.1", nodes.HostUnreachable), "[r1]", nodes.HostUnreachable, false},
		{"the same router by its other address", []answer{at(1, "10.1.0.1")}, unreachable(2, "10.2.0.1", nodes.HostUnreachable), "[r1]", nodes.HostUnreachable, false},
		{"told late", []answer{at(1, "10.1.0.1"), silence(2), silence(3)}, unreachable(2, "10.1.0.1", nodes.HostUnreachable), "[r1]", nodes.HostUnreachable, false},
		{"no such neighbour", []answer{silence(1), silence(2)}, own, "[]", nodes.HostUnreachable, false},
	} {
		w := &way{name: names}
		for _, a := range c.passed {
			w.pass(a.hop)
		}
		w.end(c.end)
		v := w.values()
		if got := fmt.Sprint(v["path"]); got != c.path || v["reached"] != c.reached || nodes.WordOf(w.err("bob")) != c.error {
			t.Errorf("%s: path %s, %v; want %s, %q", c.name, got, w.err("bob"), c.path, c.error)
		}
		if v["hops"] != len(v["path"].([]string)) || v["hops"] != len(v["addresses"].([]string)) {
			t.Errorf("%s: %v", c.name, v)
		}
	}
}

func TestGiveUp(t *testing.T) {
	w := &way{name: names}
	w.pass(at(1, "10.1.0.1").hop)
	w.pass(hop{ttl: 2})
	w.pass(hop{ttl: 3})
	if w.silent() != 2 {
		t.Errorf("%d silent hops, want 2", w.silent())
	}
	w.giveUp(nodes.Timeout)
	if got := fmt.Sprint(w.values()["path"]); got != "[r1]" || nodes.WordOf(w.err("bob")) != nodes.Timeout {
		t.Errorf("path %s, %v", got, w.err("bob"))
	}
}
