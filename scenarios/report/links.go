package report

import (
	"fmt"
	"strings"

	"netsim/topology"
)

// linkLines is what each link did to packets, in one line: "link bob.office: 21 lost (in), 3 queue full (out)".
func linkLines(faults []topology.Fault) []string {
	type total struct {
		link, key string
	}
	counts := map[total]uint64{}
	var links []string
	keys := map[string][]string{}
	for _, f := range faults {
		t := total{f.Link(), fmt.Sprintf("%s (%s)", f.Cause, f.Direction)}
		if keys[t.link] == nil {
			links = append(links, t.link)
		}
		if counts[t] == 0 {
			keys[t.link] = append(keys[t.link], t.key)
		}
		counts[t] += f.Count()
	}
	var lines []string
	for _, link := range links {
		var parts []string
		for _, key := range keys[link] {
			parts = append(parts, fmt.Sprintf("%d %s", counts[total{link, key}], key))
		}
		lines = append(lines, "link "+link+": "+strings.Join(parts, ", "))
	}
	return lines
}

// packetLines is what links did to which packets: "link bob.office (in): lost 3, 7 of udp 10.1.0.2:40001 -> 10.1.0.3:7".
func packetLines(faults []topology.Fault) []string {
	var lines []string
	for _, f := range faults {
		numbers := topology.Numbers(f.Packets)
		if f.More > 0 {
			numbers = strings.TrimPrefix(fmt.Sprintf("%s and %d more", numbers, f.More), " and ")
		}
		lines = append(lines, fmt.Sprintf("link %s (%s): %s %s of %s", f.Link(), f.Direction, f.Cause, numbers, f.Flow))
	}
	return lines
}
