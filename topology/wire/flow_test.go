package wire

import (
	"encoding/binary"
	"testing"

	"netsim/topology"
)

func echoKey(id uint16) flowKey {
	return flowKey{ether: etherIPv4, proto: protoICMP, kind: 9, echo: true, sport: id}
}

// TestIdentity: what the kernel picks counts by the order in which it appears, what people pick by itself.
func TestIdentity(t *testing.T) {
	for _, x := range []struct {
		name string
		a, b flowKey
		same bool // one identity: two flows, told apart by order
	}{
		{"ephemeral source ports", udpKey(40000, 53), udpKey(40001, 53), true},
		{"ephemeral destination ports", udpKey(53, 40000), udpKey(53, 40001), true},
		{"the first ephemeral port", udpKey(32768, 53), udpKey(40001, 53), true},
		{"the last chosen port", udpKey(32767, 53), udpKey(40001, 53), false},
		{"services", udpKey(40000, 53), udpKey(40000, 80), false},
		{"pings", echoKey(7), echoKey(40000), true},
		{"request and reply", echoKey(7), flowKey{ether: etherIPv4, proto: protoICMP, kind: 1, echo: true, sport: 7}, false},
	} {
		table := newFlowTable(1)
		f, g := table.find(&packet{key: x.a}), table.find(&packet{key: x.b})
		if f == g {
			t.Errorf("%s: one flow", x.name)
		}
		if same := x.a.identity() == x.b.identity(); same != x.same {
			t.Errorf("%s: one identity: %t, want %t", x.name, same, x.same)
		}
		if want := drawKeys(1, x.a.identity(), 1); x.same && g.keys != want {
			t.Errorf("%s: the later one is not the second of its identity", x.name)
		}
		if f != table.find(&packet{key: x.a}) || g != table.find(&packet{key: x.b}) {
			t.Errorf("%s: the next packets are of other flows", x.name)
		}
	}
}

// TestFragments: all fragments of an IP packet count in the flow that the first one tells.
func TestFragments(t *testing.T) {
	table := newFlowTable(1)
	whole := udpKey(40000, 7)
	bare := udpKey(0, 0)
	f := table.find(&packet{key: whole})
	for _, x := range []struct {
		name string
		p    packet
		want bool
	}{
		{"first", packet{key: whole, first: true, id: 5}, true},
		{"second", packet{key: bare, fragment: true, id: 5}, true},
		{"third", packet{key: bare, fragment: true, id: 5}, true},
		{"of another packet", packet{key: bare, fragment: true, id: 6}, false},
		{"of another protocol", packet{key: flowKey{ether: etherIPv4, proto: protoTCP, src: bare.src, dst: bare.dst}, fragment: true, id: 5}, false},
	} {
		if got := table.find(&x.p) == f; got != x.want {
			t.Errorf("%s: in the flow: %t, want %t", x.name, got, x.want)
		}
	}
	for id := range uint32(10 * maxFragments) {
		table.find(&packet{key: whole, first: true, id: 100 + id})
	}
	if len(table.fragments) > maxFragments || len(table.order) > maxFragments {
		t.Errorf("%d fragments in a table of %d", len(table.fragments), len(table.order))
	}
	if last := (packet{key: bare, fragment: true, id: 99 + 10*maxFragments}); table.find(&last) != f {
		t.Error("the latest fragments are forgotten")
	}
}

// TestTablesAreBounded sends a million flows, each of another address, and one that never falls silent.
func TestTablesAreBounded(t *testing.T) {
	table := newFlowTable(1)
	steady := table.find(&packet{key: udpKey(40000, 7)})
	for k := range uint32(1_000_000) {
		key := udpKey(40000, 53)
		binary.BigEndian.PutUint32(key.src[4:], k)
		table.find(&packet{key: key})
		if len(table.flows) > maxFlows || len(table.ordinals) > maxIdentities {
			t.Fatalf("after %d flows: %d flows and %d identities are remembered", k, len(table.flows), len(table.ordinals))
		}
		if k%1000 == 0 && table.find(&packet{key: udpKey(40000, 7)}) != steady {
			t.Fatalf("after %d flows: the one that goes on is forgotten", k)
		}
	}
	if len(table.flows) < maxFlows/2 {
		t.Errorf("only %d flows are remembered", len(table.flows))
	}
}

func TestFlowsHaveWords(t *testing.T) {
	six := flowKey{ether: etherIPv6, proto: protoTCP, sport: 1, dport: 2, src: [16]byte{0xfd, 15: 1}, dst: [16]byte{0xfd, 15: 2}}
	ip := udpKey(0, 0)
	ip.proto = 47
	for _, x := range []struct {
		key  flowKey
		want string
	}{
		{udpKey(40000, 7), "udp 10.0.0.1:40000 -> 10.0.0.2:7"},
		{six, "tcp [fd00::1]:1 -> [fd00::2]:2"},
		{echoKey(77), "icmp echo 0.0.0.0 -> 0.0.0.0 (id 77)"},
		{flowKey{ether: etherIPv4, proto: protoICMP, kind: 4}, "icmp 0.0.0.0 -> 0.0.0.0"},
		{flowKey{ether: etherARP}, "arp"},
		{flowKey{ether: 0x88cc}, "ether 88cc"},
		{ip, "ip 47 10.0.0.1 -> 10.0.0.2"},
	} {
		if got := x.key.flow().String(); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
	if got := (topology.Flow{Protocol: "arp"}).String(); got != "arp" {
		t.Errorf("%q, want arp", got)
	}
}

func TestHeldPacketsAreReleased(t *testing.T) {
	a, b := &pending{number: 1}, &pending{number: 2}
	f := &flow{held: []*pending{a, b}}
	if f.release(a); len(f.held) != 1 || f.held[0] != b {
		t.Errorf("%v is held, want packet 2 alone", f.held)
	}
}

// A TCP connection between ports that one before had is another flow; a SYN that is sent again is not.
func TestNewConnectionsBetweenOldPortsAreNewFlows(t *testing.T) {
	table := newFlowTable(1)
	syn := packet{key: flowKey{ether: etherIPv4, proto: protoTCP, sport: 40001, dport: 80}, syn: true, sequence: 1000}
	data := syn
	data.syn = false
	first := table.find(&syn)
	first.n++
	if table.find(&syn) != first || table.find(&data) != first {
		t.Error("a SYN that is sent again, or data, begins a flow")
	}
	syn.sequence = 2000
	second := table.find(&syn)
	if second == first || table.find(&data) != second || second.keys == first.keys {
		t.Error("a new connection goes on in the old one's flow")
	}
}
