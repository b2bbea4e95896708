package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Link is what the cable between a node and a network does to packets. The zero value
// is a perfect cable.
type Link struct {
	Out    Impairment `json:"out,omitzero"`    // from the node to the network
	In     Impairment `json:"in,omitzero"`     // from the network to the node
	Down   bool       `json:"down,omitempty"`  // the cable is pulled: nothing passes
	Refuse Refusal    `json:"refuse,omitzero"` // what a partition keeps from the node
}

// Both is a link that does the same in both directions.
func Both(i Impairment) Link { return Link{Out: i, In: i} }

// IsPerfect says whether the link passes on everything as it comes.
func (l Link) IsPerfect() bool {
	return l.Out.IsZero() && l.In.IsZero() && !l.Down && l.Refuse.IsZero()
}

// Impairment is what a cable does to packets in one direction. A packet is a frame as it
// would be on a real wire: a super-packet of segmentation offload counts as its segments. Ratios go from 0 to 1.
type Impairment struct {
	Delay     time.Duration `json:"delay,omitempty"`     // one way
	Jitter    time.Duration `json:"jitter,omitempty"`    // uniform, ± around Delay; never reorders
	Loss      Loss          `json:"loss,omitzero"`       // at random
	Drop      Drop          `json:"drop,omitzero"`       // by number
	Duplicate float64       `json:"duplicate,omitempty"` // ratio of packets that come twice
	Reorder   float64       `json:"reorder,omitempty"`   // ratio of packets that the next of their flow overtakes; at most ½
	Corrupt   float64       `json:"corrupt,omitempty"`   // ratio of packets of which one bit of the payload is flipped
	Rate      int64         `json:"rate,omitempty"`      // bit/s of frames with their Ethernet header; 0 is no limit
	Queue     int           `json:"queue,omitempty"`     // packets that may wait for a Rate; 0 is DefaultQueue
}

// DefaultQueue is how many packets wait for a rate where nothing else is said, as Linux has
// it for a network card (txqueuelen, ip-link(8)).
const DefaultQueue = 1000

// Loss is random loss. With a Burst above 1 the losses come in bursts of that mean length, by the
// model of Gilbert (1960): a good state without loss, a bad one that loses everything.
type Loss struct {
	Rate  float64 `json:"rate"`            // ratio of packets
	Burst float64 `json:"burst,omitempty"` // mean length in packets; 0 and 1: independent
}

// Drop is loss by number, counted in each flow from 1.
type Drop struct {
	Numbers []uint64 `json:"numbers,omitempty"` // exactly these, ascending
	Count   int      `json:"count,omitempty"`   // exactly so many, shuffled,
	Of      int      `json:"of,omitempty"`      // in each block of this many
}

// IsZero says whether nothing is dropped.
func (d Drop) IsZero() bool { return len(d.Numbers) == 0 && d.Count == 0 }

// IsZero says whether packets pass as they come.
func (i Impairment) IsZero() bool {
	return i.Delay == 0 && i.Jitter == 0 && i.Loss.Rate == 0 && i.Drop.IsZero() &&
		i.Duplicate == 0 && i.Reorder == 0 && i.Corrupt == 0 && i.Rate == 0
}

// Equal says whether two impairments are the same.
func (i Impairment) Equal(j Impairment) bool {
	return slices.Equal(i.Drop.Numbers, j.Drop.Numbers) && i.withoutNumbers() == j.withoutNumbers()
}

// scalars is what can be compared of an impairment.
type scalars struct {
	delay, jitter               time.Duration
	loss                        Loss
	count, of                   int
	duplicate, reorder, corrupt float64
	rate                        int64
	queue                       int
}

func (i Impairment) withoutNumbers() scalars {
	return scalars{i.Delay, i.Jitter, i.Loss, i.Drop.Count, i.Drop.Of, i.Duplicate, i.Reorder, i.Corrupt, i.Rate, i.Queue}
}

// Bounds of impairments.
const (
	MaxDelay   = 10 * time.Minute
	MinRate    = 1000 // bit/s
	MaxQueue   = 1_000_000
	MaxBlock   = 65_536 // packets of one block of a Drop
	MaxNumbers = 10_000 // of a Drop
	MaxReorder = 0.5
	MaxBurst   = 10_000
)

// Wrong finds what cannot be: the field as a scenario file calls it, what is wrong, and what
// would be valid. All are "" where nothing is.
func (i Impairment) Wrong() (field, message, hint string) {
	if all := i.problems(nil); len(all) > 0 {
		return all[0].Where[0], all[0].Message, all[0].Hint
	}
	return "", "", ""
}

// problems are all that cannot be, one for each field, at a path of keys and the field's name.
func (i Impairment) problems(where []string) Problems {
	var all Problems
	told := map[string]bool{}
	for _, c := range i.checks() {
		if c.bad && !told[c.field] {
			told[c.field] = true
			all.add(append(slices.Clone(where), c.field), c.field+": "+c.message, c.hint)
		}
	}
	return all
}

// Problems are all that cannot be of a link that a scenario file has at a path of keys. Where ends
// in the field's name; "out" or "in" comes before it where the two directions differ.
func (l Link) Problems(where ...string) Problems {
	if l.Out.Equal(l.In) {
		return l.Out.problems(where)
	}
	out := l.Out.problems(append(slices.Clone(where), string(Out)))
	return append(out, l.In.problems(append(slices.Clone(where), string(In)))...)
}

type check struct {
	bad                  bool
	field, message, hint string
}

func (i Impairment) checks() []check {
	return []check{
		{i.Delay < 0 || i.Delay > MaxDelay, "delay", fmt.Sprintf("%s is out of range", i.Delay), "from 0 to " + MaxDelay.String()},
		{i.Jitter < 0 || i.Jitter > i.Delay, "jitter", fmt.Sprintf("%s around a delay of %s", i.Jitter, i.Delay), "it goes both ways around the delay, so it is at most the delay"},
		ratioCheck("loss", i.Loss.Rate, 1),
		{i.Loss.Burst != 0 && !(i.Loss.Burst >= 1 && i.Loss.Burst <= MaxBurst), "loss", fmt.Sprintf("burst %v is out of range", i.Loss.Burst), fmt.Sprintf("a mean length in packets, from 1 to %d", MaxBurst)},
		{i.Loss.Burst > 1 && i.Loss.Rate > i.Loss.Burst/(i.Loss.Burst+1), "loss", fmt.Sprintf("%s is more than bursts of %v can make", percent(i.Loss.Rate), i.Loss.Burst),
			"between two bursts at least one packet passes: at most " + percent(i.Loss.Burst/(i.Loss.Burst+1)) + ", or longer bursts"},
		i.Drop.check(),
		ratioCheck("duplicate", i.Duplicate, 1),
		ratioCheck("reorder", i.Reorder, MaxReorder),
		ratioCheck("corrupt", i.Corrupt, 1),
		{i.Rate != 0 && i.Rate < MinRate, "rate", fmt.Sprintf("%d bit/s is out of range", i.Rate), "at least 1kbit"},
		{i.Queue < 0 || i.Queue > MaxQueue, "queue", fmt.Sprintf("%d is out of range", i.Queue), fmt.Sprintf("packets, from 1 to %d", MaxQueue)},
		{i.Queue != 0 && i.Rate == 0, "queue", "there is no rate, so nothing waits", "add rate: 10mbit"},
	}
}

func ratioCheck(field string, v, most float64) check {
	return check{!(v >= 0 && v <= most), field, percent(v) + " is out of range", "from 0% to " + percent(most)}
}

func (d Drop) check() check {
	c := check{field: "drop"}
	switch {
	case d.Count != 0 && (d.Of > MaxBlock || d.Count < 1 || d.Count > d.Of):
		c.bad, c.message, c.hint = true, fmt.Sprintf("%d of %d", d.Count, d.Of), fmt.Sprintf("`10 of 100`: at most as many as there are, of at most %d", MaxBlock)
	case len(d.Numbers) > MaxNumbers:
		c.bad, c.message, c.hint = true, fmt.Sprintf("%d numbers", len(d.Numbers)), fmt.Sprintf("at most %d", MaxNumbers)
	case slices.Contains(d.Numbers, 0):
		c.bad, c.message, c.hint = true, "there is no packet 0", "packets are counted from 1: [3, 7]"
	case !slices.IsSorted(d.Numbers):
		c.bad, c.message, c.hint = true, "the numbers are not in order", "ascending: [3, 7]"
	}
	return c
}

// String is what the link does, as the scenario file says it: "delay 20ms, loss 10%", with
// "out" and "in" where they differ.
func (l Link) String() string {
	switch {
	case l.Down:
		return "down"
	case l.IsPerfect():
		return "perfect"
	case l.Out.IsZero() && l.In.IsZero():
		return l.Refuse.String()
	}
	text := "out: " + l.Out.String() + "; in: " + l.In.String()
	if l.Out.Equal(l.In) {
		text = l.Out.String()
	}
	if !l.Refuse.IsZero() {
		text += "; " + l.Refuse.String()
	}
	return text
}

// String is what is done in one direction: "delay 20ms, loss 10%".
func (i Impairment) String() string {
	var parts []string
	add := func(name, value string, there bool) {
		if there {
			parts = append(parts, name+" "+value)
		}
	}
	add("delay", i.Delay.String(), i.Delay != 0)
	add("jitter", i.Jitter.String(), i.Jitter != 0)
	add("loss", i.Loss.String(), i.Loss.Rate != 0)
	add("drop", i.Drop.String(), !i.Drop.IsZero())
	add("duplicate", percent(i.Duplicate), i.Duplicate != 0)
	add("reorder", percent(i.Reorder), i.Reorder != 0)
	add("corrupt", percent(i.Corrupt), i.Corrupt != 0)
	add("rate", bitRate(i.Rate), i.Rate != 0)
	add("queue", strconv.Itoa(i.Queue), i.Queue != 0)
	if parts == nil {
		return "perfect"
	}
	return strings.Join(parts, ", ")
}

func (l Loss) String() string {
	if l.Burst > 1 {
		return fmt.Sprintf("%s in bursts of %v", percent(l.Rate), l.Burst)
	}
	return percent(l.Rate)
}

func (d Drop) String() string {
	if d.Count != 0 {
		return fmt.Sprintf("%d of %d", d.Count, d.Of)
	}
	return "packets " + Numbers(d.Numbers)
}

// percent is 0.1 as "10%".
func percent(v float64) string { return strconv.FormatFloat(v*100, 'g', 6, 64) + "%" }

// bitRate is 10000000 as "10mbit".
func bitRate(v int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}} {
		if v >= u.size {
			return strconv.FormatFloat(float64(v)/float64(u.size), 'g', 6, 64) + u.name
		}
	}
	return strconv.FormatInt(v, 10) + "bit"
}
