package scenario

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netsim/topology"
)

// ledgerLimit bounds how long a world may take to say what its links have done.
const ledgerLimit = 5 * time.Second

// noteFaults writes down what links have done to packets since the last time, so that the record of
// the step that comes next stands behind it. Somebody may set a link by hand while the run goes on, so
// the world is also asked where the scenario has no wires; there it is no news that it cannot say. Nor
// does that fail a step. The caller holds noting: of two callers at once, one would get what belongs to
// the other's step.
func (r *runner) noteFaults(ctx context.Context) {
	if r.cabling.world == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ledgerLimit)
	defer cancel()
	faults, err := r.cabling.world.Faults(ctx)
	if len(faults) == 0 && (err == nil || !r.cabling.hasWires) {
		return
	}
	rec := Record{Kind: KindLink, Time: time.Now().Round(0), Faults: faults}
	if err != nil {
		rec.Problem = "it is not known what links did to packets: " + err.Error()
	}
	r.append(rec)
}

// Faults are what links did to packets in a run, joined by flow and cause.
func Faults(records []Record) []topology.Fault {
	var all []topology.Fault
	for _, rec := range records {
		all = append(all, rec.Faults...)
	}
	return topology.MergeFaults(all)
}

// Inexact are the links that lost packets because the machine was too slow, in words: what happened
// to such a run is not what its seed decides.
func Inexact(records []Record) []string {
	var links []string
	count := map[string]uint64{}
	for _, f := range Faults(records) {
		if f.Cause != topology.Overrun {
			continue
		}
		if count[f.Link()] == 0 {
			links = append(links, f.Link())
		}
		count[f.Link()] += f.Count()
	}
	var all []string
	for _, l := range links {
		all = append(all, fmt.Sprintf("not exact: this machine was too slow for %s on link %s", packets(count[l]), l))
	}
	return all
}

func packets(n uint64) string {
	if n == 1 {
		return "1 packet"
	}
	return fmt.Sprintf("%d packets", n)
}

// Bounds of what a failure tells of links.
const (
	mostFlows  = 6
	mostRanges = 10
)

// faultsOf is what links did to packets while the last attempt at a step went on, or since its
// program began where that runs in the background: most packets first, and of what was wanted alone, where
// that says so.
func (b *bench) faultsOf(s *Step, want string) []string {
	c, at := commandOf(s), b.scenes[s.ID]
	if c == nil {
		return nil
	}
	var all []topology.Fault
	for _, rec := range b.links[:at.links] {
		if !rec.Time.Before(at.since) {
			all = append(all, rec.Faults...)
		}
	}
	all = b.about(c, wantedCauses(want, b.ofNodes(topology.MergeFaults(all))))
	slices.SortStableFunc(all, func(x, y topology.Fault) int { return int(min(y.Count(), 1<<30)) - int(min(x.Count(), 1<<30)) })
	var lines []string
	for _, f := range all[:min(len(all), mostFlows)] {
		lines = append(lines, b.faultWords(f))
	}
	switch more := len(all) - mostFlows; {
	case more == 1:
		lines = append(lines, "and 1 more flow")
	case more > 1:
		lines = append(lines, fmt.Sprintf("and %d more flows", more))
	}
	return lines
}

// subjects are the fields of results that tell of one cause.
var subjects = []struct {
	fields []string
	tells  func(topology.Cause) bool
}{
	{[]string{"duplicat"}, func(c topology.Cause) bool { return c == topology.Duplicated }},
	{[]string{"reorder"}, func(c topology.Cause) bool { return c == topology.Reordered }},
	{[]string{"corrupt"}, func(c topology.Cause) bool { return c == topology.Corrupted }},
	{[]string{"lost", "loss", "received", "delivered", "missing"}, func(c topology.Cause) bool { return c.Fatal() || c == topology.Corrupted }},
}

// wantedCauses leaves the faults that an expectation is about; all where it does not say, or there
// are none of those.
func wantedCauses(want string, all []topology.Fault) []topology.Fault {
	about := func(f topology.Fault) bool {
		for _, s := range subjects {
			named := slices.ContainsFunc(s.fields, func(field string) bool { return strings.Contains(want, field) })
			if named && s.tells(f.Cause) {
				return true
			}
		}
		return false
	}
	if some := slices.DeleteFunc(slices.Clone(all), func(f topology.Fault) bool { return !about(f) }); len(some) > 0 {
		return some
	}
	return all
}

// ofNodes leaves the faults of what nodes sent. A machine may have an address of its own on a bridge,
// and its IPv6 announces itself there: that explains nothing, and is to hide nothing else.
func (b *bench) ofNodes(all []topology.Fault) []topology.Fault {
	return slices.DeleteFunc(all, func(f topology.Fault) bool {
		from := f.Flow.From.Addr()
		owner, _ := b.file.Plan.Owner(from)
		return from.IsValid() && owner == nil
	})
}

// about leaves the faults of flows that concern a command: from or to its node or one that it names,
// or to more than one node. All of them where there are none.
func (b *bench) about(c *command, all []topology.Fault) []topology.Fault {
	near := append([]string{c.node}, b.addressed(c)...)
	concerns := func(f topology.Fault) bool {
		from, _ := b.file.Plan.Owner(f.Flow.From.Addr())
		to, _ := b.file.Plan.Owner(f.Flow.To.Addr())
		return from != nil && slices.Contains(near, from.Name) || to != nil && slices.Contains(near, to.Name) || b.toMany(f.Flow)
	}
	var some []topology.Fault
	for _, f := range all {
		if concerns(f) {
			some = append(some, f)
		}
	}
	if some == nil {
		return all
	}
	return some
}

func (b *bench) toMany(f topology.Flow) bool {
	to := f.To.Addr()
	return to.IsMulticast() || oracle{plan: b.file.Plan}.isBroadcast(to)
}

// faultWords is "link bob.office (in) lost packets 12, 40 of udp alice:40001 -> bob:7".
func (b *bench) faultWords(f topology.Fault) string {
	did := map[topology.Cause]string{
		topology.Lost:       " lost %s of %s",
		topology.Dropped:    " dropped %s of %s",
		topology.QueueFull:  ": a full queue dropped %s of %s",
		topology.Corrupted:  " corrupted %s of %s",
		topology.Duplicated: " duplicated %s of %s",
		topology.Reordered:  " reordered %s of %s",
		topology.LinkDown:   " was down for %s of %s",
		topology.Partition:  ": a partition kept back %s of %s",
		topology.Overrun:    ": this machine was too slow for %s of %s: the run is not exact",
	}[f.Cause]
	if did == "" { // a journal of another version
		did = " (" + string(f.Cause) + ") %s of %s"
	}
	return fmt.Sprintf("link %s (%s)"+did, f.Link(), f.Direction, numbered(f), f.Flow.Words(b.nodeAt))
}

// nodeAt is the name of the node that has an address, or else the address.
func (b *bench) nodeAt(a netip.Addr) string {
	if n, _ := b.file.Plan.Owner(a); n != nil {
		return n.Name
	}
	return a.String()
}

// numbered is "packets 12, 40, 77", or of many "packets 1, 3, 5-9, … and 180 more".
func numbered(f topology.Fault) string {
	shown := f.Packets[:endOfRanges(f.Packets)]
	more := f.Count() - uint64(len(shown))
	switch {
	case len(shown) == 0:
		return packets(more)
	case more > 0:
		return fmt.Sprintf("packets %s, … and %d more", topology.Numbers(shown), more)
	case len(shown) == 1:
		return "packet " + topology.Numbers(shown)
	}
	return "packets " + topology.Numbers(shown)
}

// endOfRanges is how many numbers the first ranges are that are shown.
func endOfRanges(all []uint64) int {
	ranges := 0
	for i := range all {
		if i == 0 || all[i] != all[i-1]+1 {
			ranges++
		}
		if ranges > mostRanges {
			return i
		}
	}
	return len(all)
}
