package topology

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Direction is a way through a link, seen from the node.
type Direction string

const (
	Out Direction = "out" // from the node to the network
	In  Direction = "in"  // from the network to the node
)

// Cause is what happened to a packet on a link.
type Cause string

const (
	Lost       Cause = "lost"       // by loss, at random
	Dropped    Cause = "dropped"    // by drop, by number
	QueueFull  Cause = "queue full" // by rate and queue
	Duplicated Cause = "duplicated"
	Reordered  Cause = "reordered"
	Corrupted  Cause = "corrupted"
	LinkDown   Cause = "link down"   // the cable was pulled
	Partition  Cause = "partitioned" // kept apart by a partition
	Overrun    Cause = "overrun"     // the machine was too slow: what happened to this run is not exact
)

// Causes are all of them, in the order in which they are told.
func Causes() []Cause {
	return []Cause{Lost, Dropped, QueueFull, Corrupted, Duplicated, Reordered, LinkDown, Partition, Overrun}
}

// Fatal says whether the packet did not arrive.
func (c Cause) Fatal() bool { return c != Duplicated && c != Reordered && c != Corrupted }

// Flow is a sequence of packets that belong together: one direction of a connection, of a
// conversation between two UDP ports, or of a ping.
type Flow struct {
	Protocol string         `json:"protocol"`      // "udp", "tcp", "icmp", "icmp echo", "arp", "ip 47", "ether 88cc", …
	From     netip.AddrPort `json:"from,omitzero"` // port 0 where there are none
	To       netip.AddrPort `json:"to,omitzero"`
	ID       uint16         `json:"id,omitempty"` // identifier of an ICMP echo: it tells two pings between the same nodes apart
}

// String is "udp 10.1.0.2:40001 -> 10.1.0.3:7", or "icmp echo 10.1.0.2 -> 10.1.0.3 (id 17)".
func (f Flow) String() string { return f.Words(netip.Addr.String) }

// Words is String with other words for addresses.
func (f Flow) Words(name func(netip.Addr) string) string {
	if !f.From.Addr().IsValid() {
		return f.Protocol
	}
	end := func(a netip.AddrPort) string {
		if a.Port() == 0 {
			return name(a.Addr())
		}
		return net.JoinHostPort(name(a.Addr()), strconv.Itoa(int(a.Port())))
	}
	words := f.Protocol + " " + end(f.From) + " -> " + end(f.To)
	if f.ID != 0 {
		words += fmt.Sprintf(" (id %d)", f.ID)
	}
	return words
}

// Fault is what a link has done to packets of one flow for one cause.
type Fault struct {
	Node      string    `json:"node"`
	Network   string    `json:"network"`
	Direction Direction `json:"direction"`
	Cause     Cause     `json:"cause"`
	Flow      Flow      `json:"flow"`
	Packets   []uint64  `json:"packets,omitempty"` // their numbers in the flow, counted from 1 since the direction was last given another impairment; ascending
	More      uint64    `json:"more,omitempty"`    // so many besides, which were too many to write down
}

// Count is how many packets it was.
func (f Fault) Count() uint64 { return uint64(len(f.Packets)) + f.More }

// Link is "bob.office".
func (f Fault) Link() string { return f.Node + "." + f.Network }

// Numbers writes ascending numbers as "3, 7, 12-15".
func Numbers(all []uint64) string {
	var parts []string
	for i := 0; i < len(all); {
		j := i
		for j+1 < len(all) && all[j+1] == all[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			parts = append(parts, strconv.FormatUint(all[i], 10))
		case 1:
			parts = append(parts, fmt.Sprintf("%d, %d", all[i], all[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", all[i], all[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// Counters are what passed through one direction of a link since it was laid, or since its node's
// interface is there.
type Counters struct {
	Packets uint64           `json:"packets"` // that came to the link, as the kernel counts them: super-packets once
	Bytes   uint64           `json:"bytes"`   // of their frames
	Faults  map[Cause]uint64 `json:"faults,omitempty"`
}

// LinkState is a link as it is.
type LinkState struct {
	Node    string   `json:"node"`
	Network string   `json:"network"`
	Link    Link     `json:"link"`
	Out     Counters `json:"out"`
	In      Counters `json:"in"`
}

// Inexact is how many packets were lost because the machine was too slow.
func (s LinkState) Inexact() uint64 { return s.Out.Faults[Overrun] + s.In.Faults[Overrun] }

// MergeFaults joins what is known of each flow and cause, in the order in which they first come.
func MergeFaults(all []Fault) []Fault {
	type key struct {
		node, network string
		direction     Direction
		cause         Cause
		flow          Flow
	}
	var merged []Fault
	at := map[key]int{}
	for _, f := range all {
		k := key{f.Node, f.Network, f.Direction, f.Cause, f.Flow}
		i, known := at[k]
		if !known {
			i = len(merged)
			at[k] = i
			merged = append(merged, Fault{Node: f.Node, Network: f.Network, Direction: f.Direction, Cause: f.Cause, Flow: f.Flow})
		}
		merged[i].Packets = append(slices.Clip(merged[i].Packets), f.Packets...)
		merged[i].More += f.More
	}
	for _, f := range merged {
		slices.Sort(f.Packets)
	}
	return merged
}
