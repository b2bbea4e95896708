package broadcast

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"netsim/nodes"
)

// network is a subnet that this node is in.
type network struct {
	by     string // the interface
	prefix netip.Prefix
}

// destination refuses what cannot be a broadcast address, with a *nodes.UsageError. Nobody
// knows it of subnets that this node is not in: known is false for these.
func destination(text string, attached []network) (a netip.Addr, known bool, err error) {
	a, err = netip.ParseAddr(text)
	switch {
	case err == nil && a.Is4() && a.IsMulticast():
		return a, false, wrong(text+" is a multicast address", "multicast TEXT --group "+text)
	case err != nil || !a.Is4() || a.IsUnspecified():
		return a, false, wrong("not an IPv4 broadcast address: "+strconv.Quote(text), everybody+", or a subnet's last address such as 10.1.0.255")
	case text == everybody:
		return a, true, nil
	}
	refused := error(nil)
	for _, n := range attached {
		if !n.prefix.Contains(a) {
			continue
		}
		if a == n.broadcast() {
			return a, true, nil
		}
		refused = n.refuse(a)
	}
	if refused == nil && a.IsLoopback() {
		refused = wrong(text+" is this node alone", everybody+", or a subnet's last address such as 10.1.0.255")
	}
	return a, false, refused
}

// broadcast is the address that means everybody in a subnet, the last one (RFC 919, section
// 7); the zero Addr where there is none (RFC 3021).
func (n network) broadcast() netip.Addr {
	if n.prefix.Bits() > 30 {
		return netip.Addr{}
	}
	b := n.prefix.Addr().As4()
	for bit := n.prefix.Bits(); bit < 32; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b)
}

func (n network) refuse(a netip.Addr) error {
	right := n.broadcast()
	switch {
	case !right.IsValid():
		return wrong(fmt.Sprintf("%s is in %s's network %s, which has no broadcast address", a, n.by, n.prefix), "it has one or two addresses")
	case a == n.prefix.Addr():
		return wrong(fmt.Sprintf("%s is the name of %s's network %s, whose broadcast address is %s", a, n.by, n.prefix, right), "broadcast TEXT --to "+right.String())
	}
	return wrong(fmt.Sprintf("%s is a host of %s's network %s, whose broadcast address is %s", a, n.by, n.prefix, right), "broadcast TEXT --to "+right.String())
}

func wrong(message, hint string) error {
	return &nodes.UsageError{Message: "broadcast: --to: " + message, Hint: hint}
}

// attached are the subnets of this node's interfaces that are up.
func attached() (all []network) {
	interfaces, _ := net.Interfaces() // none: then nothing is known
	for _, i := range interfaces {
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			p, err := netip.ParsePrefix(a.String())
			if err == nil && p.Addr().Is4() && i.Flags&net.FlagUp != 0 {
				all = append(all, network{i.Name, p.Masked()})
			}
		}
	}
	return all
}
