package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"netsim/nodes"
	"netsim/topology"
)

// field is one thing that a link does to packets: a flag of `netsim link`, called as in a scenario file.
type field struct {
	name, usage string
	hint        string // what a value looks like
	read        func(i *topology.Impairment, text string) error
}

func fields() []field {
	type link = *topology.Impairment
	return []field{
		{"delay", "how `LONG` packets take, one way", "a time such as 20ms",
			into(nodes.ParseDuration, func(i link) *time.Duration { return &i.Delay })},
		{"jitter", "how `MUCH` the delay varies, up and down", "a time such as 5ms",
			into(nodes.ParseDuration, func(i link) *time.Duration { return &i.Jitter })},
		{"loss", "`RATIO` of packets that are lost at random", ratioHint,
			into(nodes.ParseRatio, func(i link) *float64 { return &i.Loss.Rate })},
		{"burst", "mean `NUMBER` of packets that are lost in a row", "a mean length in packets, such as 5",
			into(parseDecimal, func(i link) *float64 { return &i.Loss.Burst })},
		{"drop", "`PACKETS` of each flow that are lost: 3,7 or 10 of 100", dropHint,
			into(parseDrop, func(i link) *topology.Drop { return &i.Drop })},
		{"duplicate", "`RATIO` of packets that come twice", ratioHint,
			into(nodes.ParseRatio, func(i link) *float64 { return &i.Duplicate })},
		{"reorder", "`RATIO` of packets that the next one overtakes", ratioHint,
			into(nodes.ParseRatio, func(i link) *float64 { return &i.Reorder })},
		{"corrupt", "`RATIO` of packets of which one bit is flipped", ratioHint,
			into(nodes.ParseRatio, func(i link) *float64 { return &i.Corrupt })},
		{"rate", "`BITS` per second that pass", "bits per second such as 10mbit; units: bit, kbit, mbit, gbit",
			into(nodes.ParseRate, func(i link) *int64 { return &i.Rate })},
		{"queue", "`NUMBER` of packets that may wait for the rate", "a number of packets",
			into(parseQueue, func(i link) *int { return &i.Queue })},
	}
}

// into reads a value and puts it in its place.
func into[T any](parse func(string) (T, error), place func(*topology.Impairment) *T) func(*topology.Impairment, string) error {
	return func(i *topology.Impairment, text string) (err error) {
		*place(i), err = parse(text)
		return err
	}
}

const (
	ratioHint = "a ratio such as 10% or 0.1"
	dropHint  = "3,7: these packets of each flow, counted from 1; or 10 of 100: so many in each block"
)

func impairmentFlags() []cli.Flag {
	var flags []cli.Flag
	for _, f := range fields() {
		flags = append(flags, &cli.StringFlag{Name: f.name, Usage: f.usage})
	}
	return flags
}

// givenFields are the names of the fields that the command line has.
func givenFields(c *cli.Context) []string {
	var given []string
	for _, f := range fields() {
		if c.IsSet(f.name) {
			given = append(given, f.name)
		}
	}
	return given
}

// readImpairment reads the fields that are given; without any it is perfect.
func readImpairment(c *cli.Context) (topology.Impairment, error) {
	var i topology.Impairment
	for _, f := range fields() {
		if !c.IsSet(f.name) {
			continue
		}
		if err := f.read(&i, c.String(f.name)); err != nil {
			return i, wrongLink(fmt.Sprintf("--%s: %s", f.name, err), f.hint)
		}
	}
	if c.IsSet("burst") && i.Loss.Rate == 0 {
		return i, wrongLink("--burst: there is no loss, so nothing comes in bursts", "add --loss 2%")
	}
	if _, message, hint := i.Wrong(); message != "" {
		return i, wrongLink("--"+message, hint)
	}
	return i, nil
}

var (
	decimal = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,12})?$`)
	ofBlock = regexp.MustCompile(`^([0-9]{1,9}) +of +([0-9]{1,9})$`)
)

// parseDecimal reads 5 and 2.5, and no other way to write a number.
func parseDecimal(s string) (float64, error) {
	if !decimal.MatchString(s) {
		return 0, notA("number", s)
	}
	return strconv.ParseFloat(s, 64)
}

func parseQueue(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || n == 0 {
		return 0, notA("number of packets", s)
	}
	return int(n), nil
}

// parseDrop reads `3,7`, `3, 7, 12-15` as topology.Drop writes it, and `10 of 100`.
func parseDrop(s string) (topology.Drop, error) {
	if m := ofBlock.FindStringSubmatch(s); m != nil {
		count, _ := strconv.Atoi(m[1]) // nine digits fit
		of, _ := strconv.Atoi(m[2])
		if count == 0 {
			return topology.Drop{}, notA("number of packets", m[1])
		}
		return topology.Drop{Count: count, Of: of}, nil
	}
	var all []uint64
	for word := range strings.SplitSeq(s, ",") {
		if len(all) > topology.MaxNumbers {
			break // what is there already is too much
		}
		first, last, err := parseRange(strings.TrimSpace(word))
		if err != nil {
			return topology.Drop{}, err
		}
		for n := first; n <= last; n++ {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return topology.Drop{Numbers: slices.Compact(all)}, nil
}

// parseRange reads 3 and 12-15, of no more packets than a link can be told to drop.
func parseRange(word string) (first, last uint64, err error) {
	from, to, isRange := strings.Cut(word, "-")
	if !isRange {
		to = from
	}
	first, err = strconv.ParseUint(from, 10, 63)
	if err == nil {
		last, err = strconv.ParseUint(to, 10, 63)
	}
	if err != nil || last < first || last-first >= topology.MaxNumbers {
		return 0, 0, notA("packet's number, or some of them", word)
	}
	return first, last, nil
}

func notA(kind, text string) error { return fmt.Errorf("not a %s: %q", kind, text) }
