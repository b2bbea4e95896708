// Package show is the program `show`: what a node's network looks like from inside, as
// tables.
//
//	show addresses     interfaces and their addresses
//	show routes        the IPv4 routing table
//	show neighbours    the ARP table
//	show sockets       who listens, and who is connected to whom
package show

import (
	"context"
	"net"
	"net/netip"
	"regexp"

	"netsim/nodes"
)

// Program describes `show`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "show", Summary: "shows a node's addresses, routes, neighbours and sockets",
		Forms: []nodes.Form{
			form("addresses", "addresses of the interfaces, one a row", addresses, []nodes.Field{
				{Name: "interface", Type: nodes.Text, Help: "eth0"},
				{Name: "address", Type: nodes.Text, Help: `10.1.0.2; "" for an interface without any`},
				{Name: "prefix", Type: nodes.Text, Help: `10.1.0.2/24; "" for an interface without any`},
				{Name: "mac", Type: nodes.Text, Help: `Ethernet address; "" for an interface that is not Ethernet`},
				{Name: "mtu", Type: nodes.Int, Help: "largest packet, bytes"},
				{Name: "up", Type: nodes.Bool, Help: "the interface is up"},
			}),
			form("routes", "IPv4 routes of the main table", routes, []nodes.Field{
				{Name: "destination", Type: nodes.Text, Help: "10.1.0.0/24; the default route is 0.0.0.0/0"},
				{Name: "via", Type: nodes.Text, Help: `the next router's address; "" when the destination is on the segment itself`},
				{Name: "interface", Type: nodes.Text, Help: "eth0"},
				{Name: "metric", Type: nodes.Int, Help: "of two routes, the lower one is taken"},
			}),
			form("neighbours", "the ARP table", neighbours, []nodes.Field{
				{Name: "address", Type: nodes.Text, Help: "IPv4 address"},
				{Name: "mac", Type: nodes.Text, Help: `Ethernet address; "" when nobody answered`},
				{Name: "interface", Type: nodes.Text, Help: "eth0"},
				{Name: "state", Type: nodes.Text, Help: "reachable, stale, delay, probe, failed, incomplete, permanent or noarp (ip-neighbour(8))"},
			}),
			form("sockets", "IPv4 sockets of TCP and UDP", sockets, []nodes.Field{
				{Name: "protocol", Type: nodes.Text, Help: "tcp or udp"},
				{Name: "local", Type: nodes.Text, Help: "address:port of this node"},
				{Name: "remote", Type: nodes.Text, Help: `address:port of the other end; "" without any`},
				{Name: "state", Type: nodes.Text, Help: "of TCP: listen, established, time-wait, … (RFC 9293); of UDP: bound or connected"},
			}),
		},
	}
}

func form(what, help string, list func() ([]nodes.Values, error), fields []nodes.Field) nodes.Form {
	return nodes.Form{
		Words: what, Summary: help,
		Result: []nodes.Field{{Name: what, Type: nodes.Objects, Fields: fields, Help: help}},
		Run: func(_ context.Context, call *nodes.Call) error {
			rows, err := list()
			call.Result(nodes.Values{what: rows})
			return err
		},
	}
}

func addresses() ([]nodes.Values, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var rows []nodes.Values
	for _, x := range interfaces {
		if ofWire(x.Name) {
			continue
		}
		all, err := x.Addrs()
		if err != nil {
			return nil, err
		}
		row := nodes.Values{"interface": x.Name, "mac": x.HardwareAddr.String(), "mtu": x.MTU, "up": x.Flags&net.FlagUp != 0}
		if len(all) == 0 {
			rows = append(rows, row)
		}
		for _, a := range all {
			rows = append(rows, withPrefix(row, a.String()))
		}
	}
	return rows, nil
}

// wireDevice are the names of what a wire between a node and its cable is made of.
var wireDevice = regexp.MustCompile(`^([wx]-eth[0-9]+|netsim-sink)$`)

// ofWire says whether an interface belongs to the cable and not to the node. A node sees the same of itself
// whether its link does something to packets or not: else a step that counts interfaces
// would change its outcome with an impairment. The names are written here once more, since programs know
// nothing of how networks are laid.
func ofWire(name string) bool { return wireDevice.MatchString(name) }

// withPrefix is the interface's row with one of its addresses.
func withPrefix(row nodes.Values, prefix string) nodes.Values {
	v := nodes.Values{"prefix": prefix}
	for name, x := range row {
		v[name] = x
	}
	if p, err := netip.ParsePrefix(prefix); err == nil {
		v["address"] = p.Addr()
	}
	return v
}
