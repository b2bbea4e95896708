package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"netsim/topology"
)

// printLinkStates prints a row for each direction of each link. Of what happened to packets only those columns are there
// in which something is.
func printLinkStates(w io.Writer, links []topology.LinkState, asJSON bool) error {
	if asJSON {
		if links == nil {
			links = []topology.LinkState{}
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(links)
	}
	causes := happened(links)
	tab := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprint(tab, "link\tdirection\tdoes\tpackets\tbytes")
	for _, c := range causes {
		fmt.Fprint(tab, "\t", c)
	}
	fmt.Fprintln(tab)
	for _, l := range links {
		printDirection(tab, causes, l.Node+"."+l.Network, topology.Out, l.Link, l.Out)
		printDirection(tab, causes, "", topology.In, l.Link, l.In)
	}
	return tab.Flush()
}

func printDirection(w io.Writer, causes []topology.Cause, name string, d topology.Direction, l topology.Link, c topology.Counters) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d", name, d, doing(l, d), c.Packets, c.Bytes)
	for _, cause := range causes {
		fmt.Fprintf(w, "\t%d", c.Faults[cause])
	}
	fmt.Fprintln(w)
}

// doing says what a link does in one direction, also what it does again once it is up.
func doing(l topology.Link, d topology.Direction) string {
	i := l.Out
	if d == topology.In {
		i = l.In
	}
	var parts []string
	if l.Down {
		parts = append(parts, "down")
	}
	if d == topology.In && !l.Refuse.IsZero() { // a partition keeps from a node what comes to it
		parts = append(parts, l.Refuse.String())
	}
	if !i.IsZero() || parts == nil {
		parts = append(parts, i.String())
	}
	return strings.Join(parts, "; ")
}

// happened are the causes of which there is any, in the order in which they are told.
func happened(links []topology.LinkState) []topology.Cause {
	var all []topology.Cause
	for _, c := range topology.Causes() {
		var n uint64
		for _, l := range links {
			n += l.Out.Faults[c] + l.In.Faults[c]
		}
		if n > 0 {
			all = append(all, c)
		}
	}
	return all
}
