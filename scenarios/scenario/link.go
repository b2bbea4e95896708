package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"netsim/nodes"
	"netsim/topology"
)

// linkField is a word of `link: { delay: 20ms, loss: 10% }`.
type linkField struct {
	name string
	read func(r *reader, n *yaml.Node, what string, i *topology.Impairment)
}

// linkFields is all of them, in the order of the reference. What values can be together is
// topology's to say (Impairment.Wrong).
func linkFields() []linkField {
	return []linkField{
		{"delay", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Delay = r.linkTime(n, what) }},
		{"jitter", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Jitter = r.linkTime(n, what) }},
		{"loss", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Loss = r.loss(n, what) }},
		{"drop", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Drop = r.drop(n, what) }},
		{"duplicate", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Duplicate = r.ratio(n, what) }},
		{"reorder", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Reorder = r.ratio(n, what) }},
		{"corrupt", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Corrupt = r.ratio(n, what) }},
		{"rate", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Rate = r.linkRate(n, what) }},
		{"queue", func(r *reader, n *yaml.Node, what string, i *topology.Impairment) { i.Queue = r.queue(n, what) }},
	}
}

// directions are the keys that tell the two ways through a link apart.
var directions = []string{string(topology.Out), string(topology.In)}

const linkHint = "{ delay: 20ms, loss: 10% } for both directions, or { out: {..}, in: {..} }"

// link reads a LINK, which stands at a path of keys. nil means that there is none, or that it has
// mistakes: what would follow from those is not told.
func (r *reader) link(n *yaml.Node, path ...string) *topology.Link {
	if n == nil {
		return nil
	}
	r.place(n, path...)
	if n.Kind != yaml.MappingNode && n.Kind != yaml.AliasNode {
		r.wrong(n, "link is "+kindOf(n), linkHint)
		return nil
	}
	found := len(r.mistakes)
	var l topology.Link
	f := r.object(n, "a link", linkKeys()...)
	if f[directions[0]] == nil && f[directions[1]] == nil {
		l = topology.Both(r.impairment(f, path))
	} else {
		l = r.twoWays(f, path)
	}
	if len(r.mistakes) > found {
		return nil
	}
	for _, p := range l.Problems(path...) {
		r.mistake(r.position(p.Where), p.Message, p.Hint)
	}
	return &l
}

func linkKeys() []string { return append(fieldsOfLink(), directions...) }

func fieldsOfLink() []string {
	var names []string
	for _, f := range linkFields() {
		names = append(names, f.name)
	}
	return names
}

// twoWays reads `{ out: {..}, in: {..} }`; the one that is left out is perfect.
func (r *reader) twoWays(f map[string]*yaml.Node, path []string) topology.Link {
	var ways [2]topology.Impairment
	for key, n := range f {
		if !slices.Contains(directions, key) {
			r.wrong(n, key+" beside out or in", "say it inside of out or in, or leave these two out: then it is for both directions")
		}
	}
	for i, key := range slices.Backward(directions) { // where both are wrong alike, out is told
		if n := f[key]; n != nil {
			inside := append(slices.Clone(path), key)
			r.place(n, inside...)
			ways[i] = r.impairment(r.object(n, key, fieldsOfLink()...), path, inside)
		}
	}
	return topology.Link{Out: ways[0], In: ways[1]}
}

// impairment reads the fields of one direction and remembers under which paths they stand.
func (r *reader) impairment(f map[string]*yaml.Node, paths ...[]string) topology.Impairment {
	var i topology.Impairment
	for _, x := range linkFields() {
		if f[x.name] == nil {
			continue
		}
		for _, path := range paths {
			r.placeFields(map[string]*yaml.Node{x.name: f[x.name]}, path...)
		}
		x.read(r, f[x.name], x.name, &i)
	}
	return i
}

// linkTime reads a time that may be 0.
func (r *reader) linkTime(n *yaml.Node, what string) time.Duration {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	d, err := nodes.ParseDuration(text)
	if err != nil {
		r.wrong(n, what+": "+err.Error(), "a time such as 20ms or 1.5s")
	}
	return d
}

// ratio reads `10%` or `0.1`.
func (r *reader) ratio(n *yaml.Node, what string) float64 {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	v, err := nodes.ParseRatio(text)
	if err == nil {
		return v
	}
	hint := "from 0% to 100%: 10% or 0.1"
	if plain, err := parseDecimal(text); err == nil && plain <= 100 {
		hint = "write " + text + "%"
	}
	r.wrong(n, what+": "+err.Error(), hint)
	return 0
}

// loss reads `10%` or `{ rate: 2%, burst: 5 }`.
func (r *reader) loss(n *yaml.Node, what string) topology.Loss {
	if n.Kind != yaml.MappingNode {
		return topology.Loss{Rate: r.ratio(n, what)}
	}
	f := r.object(n, what, "rate", "burst")
	if f["rate"] == nil {
		r.wrong(n, what+" has no rate", "{ rate: 2%, burst: 5 }")
	}
	l := topology.Loss{Rate: r.ratio(f["rate"], "rate")}
	if text, ok := r.text(f["burst"], "burst"); ok {
		burst, err := parseDecimal(text)
		if err != nil || burst < 1 {
			r.wrong(f["burst"], fmt.Sprintf("burst: not a number that fits: %q", text), fmt.Sprintf("a mean length in packets, from 1 to %d", topology.MaxBurst))
		}
		l.Burst = burst
	}
	return l
}

var decimal = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,12})?$`)

// parseDecimal reads 5 and 2.5, and no other way to write a number.
func parseDecimal(s string) (float64, error) {
	if !decimal.MatchString(s) {
		return 0, fmt.Errorf("not a number: %q", s)
	}
	return strconv.ParseFloat(s, 64)
}

var ofBlock = regexp.MustCompile(`^([0-9]{1,9}) of ([0-9]{1,9})$`)

const dropHint = "[3, 7]: these packets of each flow, counted from 1; or 10 of 100: so many in each block"

// drop reads `[3, 7]` or `10 of 100`.
func (r *reader) drop(n *yaml.Node, what string) topology.Drop {
	if n.Kind == yaml.SequenceNode {
		return topology.Drop{Numbers: r.dropNumbers(n, what)}
	}
	text, ok := r.text(n, what)
	if !ok {
		return topology.Drop{}
	}
	m := ofBlock.FindStringSubmatch(text)
	if m == nil || strings.Trim(m[1], "0") == "" {
		r.wrong(n, fmt.Sprintf("%s: neither numbers nor N of M: %q", what, text), dropHint)
		return topology.Drop{}
	}
	count, _ := strconv.Atoi(m[1]) // nine digits fit
	of, _ := strconv.Atoi(m[2])
	return topology.Drop{Count: count, Of: of}
}

// dropNumbers reads the numbers of packets in any order and sorts them.
func (r *reader) dropNumbers(n *yaml.Node, what string) []uint64 {
	if len(n.Content) == 0 {
		r.wrong(n, what+" has no numbers", dropHint)
	}
	seen := map[uint64]bool{}
	var all []uint64
	for _, item := range n.Content {
		text, ok := r.text(item, "the packet's number")
		if !ok {
			continue
		}
		i, err := strconv.ParseUint(text, 10, 63)
		switch {
		case err != nil || i == 0:
			r.wrong(item, fmt.Sprintf("%s: not the number of a packet: %q", what, text), "packets of each flow are counted from 1: [3, 7]")
		case seen[i]:
			r.wrong(item, fmt.Sprintf("%s: packet %d is there twice", what, i), "a packet is dropped once")
		}
		seen[i] = true
		all = append(all, i)
	}
	slices.Sort(all)
	return all
}

// otherRate is how other tools write a rate: 10Mbps, 10 Mbit/s.
var otherRate = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([kKmMgG])(?:b|bps|b/s|bit/s|bits/s|bits)$`)

// linkRate reads `10mbit`.
func (r *reader) linkRate(n *yaml.Node, what string) int64 {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	rate, err := nodes.ParseRate(text)
	if err != nil || rate == 0 {
		hint := "bits per second such as 10mbit; units: bit, kbit, mbit, gbit"
		if m := otherRate.FindStringSubmatch(text); m != nil {
			hint = "write " + m[1] + strings.ToLower(m[2]) + "bit"
		}
		r.wrong(n, fmt.Sprintf("%s: not a rate that fits: %q", what, text), hint)
	}
	return rate
}

// queue reads `100` or `100 packets`.
func (r *reader) queue(n *yaml.Node, what string) int {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	i, err := strconv.Atoi(strings.TrimSuffix(text, " packets"))
	if err != nil || i < 1 || i > topology.MaxQueue {
		r.wrong(n, fmt.Sprintf("%s: not a number that fits: %q", what, text), fmt.Sprintf("packets, from 1 to %d", topology.MaxQueue))
		return 0
	}
	return i
}
