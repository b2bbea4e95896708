// Package lookup turns host names into addresses and back, by the hosts file and by
// nothing else: no DNS, so that a node asks nobody and a name never takes long.
//
// The file is read anew for each question; netsim may rewrite it while a program
// runs. A line is an address and its names, hosts(5):
//
//	10.1.0.1  gw gw.office
//
// Only IPv4 is looked at.
package lookup

import (
	"net/netip"
	"os"
	"strings"

	"netsim/nodes"
)

// HostsFile is where names are looked up.
const HostsFile = "/etc/hosts"

// Addr is the IPv4 address that a name stands for, or that it is in text form. The first
// line of the hosts file that has the name decides; localhost is always known. The error is a
// *nodes.Failure: not found, or denied when the file cannot be read.
func Addr(name string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return ipv4(a)
	}
	t, err := read()
	if err != nil {
		return netip.Addr{}, err
	}
	if a, ok := t.Addr(name); ok {
		return a, nil
	}
	return netip.Addr{}, nodes.Failf(nodes.NotFound, "no host %q in %s", name, HostsFile)
}

// Name is the name to show for an address: the first one of the hosts file, cut at its first
// dot ("gw.office" is gw), or the address itself where the file has none.
func Name(a netip.Addr) string {
	t, err := read()
	if err != nil {
		return a.String()
	}
	return t.Name(a)
}

func ipv4(a netip.Addr) (netip.Addr, error) {
	if a = a.Unmap(); a.Is4() {
		return a, nil
	}
	return netip.Addr{}, nodes.Failf(nodes.NotFound, "%s is not an IPv4 address", a)
}

func read() (Table, error) {
	b, err := os.ReadFile(HostsFile)
	if err != nil && !os.IsNotExist(err) {
		return nil, nodes.FailureOf(err)
	}
	return Parse(string(b)), nil
}

// Table is the entries of a hosts file, in its order.
type Table []Entry

// Entry is one line of a hosts file.
type Entry struct {
	Addr  netip.Addr
	Names []string
}

// Parse reads the text of a hosts file. Lines that are not an IPv4 address and names are
// passed over, as hosts(5) has it.
func Parse(text string) Table {
	var t Table
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		if a, err := netip.ParseAddr(words[0]); err == nil && a.Is4() {
			t = append(t, Entry{Addr: a, Names: words[1:]})
		}
	}
	return t
}

// Addr is the address of the first line that has the name; case does not matter.
func (t Table) Addr(name string) (netip.Addr, bool) {
	for _, e := range t {
		for _, n := range e.Names {
			if strings.EqualFold(n, name) {
				return e.Addr, true
			}
		}
	}
	if strings.EqualFold(name, "localhost") { // RFC 6761, section 6.3
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	return netip.Addr{}, false
}

// Name is the first name of the address, cut at its first dot, or the address.
func (t Table) Name(a netip.Addr) string {
	for _, e := range t {
		if e.Addr == a {
			name, _, _ := strings.Cut(e.Names[0], ".")
			return name
		}
	}
	return a.String()
}
