package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// assignAddresses attaches the nodes. Addresses that the file gives come first, so
// that nobody else gets them; then, routers before hosts and both in file order, the lowest
// free ones.
func (r *resolver) assignAddresses() {
	for _, d := range r.nodes {
		r.checkAttachments(d)
	}
	r.reserveGateways()
	for _, d := range r.nodes {
		for i, a := range d.attachments {
			r.attach(d, i, a)
		}
	}
	r.reportFull()
}

// checkAttachments drops the attachments that cannot be, and takes given addresses.
func (r *resolver) checkAttachments(d *draft) {
	if len(d.attachments) == 0 {
		r.problems.add(d.at(), fmt.Sprintf("%s %s is on no network", d.Kind, d.Name), "name one of: "+list(r.order))
	}
	var good []Attachment
	for _, a := range d.attachments {
		if r.checkAttachment(d, a, good) {
			good = append(good, a)
		}
	}
	d.attachments = good
}

func (r *resolver) checkAttachment(d *draft, a Attachment, before []Attachment) bool {
	where := d.at("networks", a.Network)
	if r.networks[a.Network] == nil {
		r.problems.unknown(where, fmt.Sprintf("%s %s: there is no network %q", d.Kind, d.Name, a.Network), a.Network, r.order)
		return false
	}
	if slices.ContainsFunc(before, func(b Attachment) bool { return b.Network == a.Network }) {
		r.problems.add(where, fmt.Sprintf("%s %s is on network %s twice", d.Kind, d.Name, a.Network), "name each network once")
		return false
	}
	return !a.Address.IsValid() || r.checkAddress(d, a, where)
}

func (r *resolver) checkAddress(d *draft, a Attachment, where []string) bool {
	p := r.pools[a.Network]
	if wrong := p.usable(a.Address); wrong != "" {
		r.problems.add(where, fmt.Sprintf("%s %s: %s %s", d.Kind, d.Name, a.Address, wrong), p.hint())
		return false
	}
	if other, used := p.used[a.Address]; used {
		r.problems.add(where, fmt.Sprintf("%s %s: %s has %s already", d.Kind, d.Name, other, a.Address), "give each node an address of its own, or leave it out")
		return false
	}
	p.used[a.Address] = d.Name
	return true
}

func (r *resolver) attach(d *draft, i int, a Attachment) {
	p, n := r.pools[a.Network], r.networks[a.Network]
	address, ok := a.Address, true
	if !address.IsValid() {
		address, ok = p.take(d.Name)
	}
	if !ok {
		return // reportFull says so once for the network
	}
	d.Interfaces = append(d.Interfaces, Interface{
		Name:    fmt.Sprintf("eth%d", i),
		Segment: a.Network,
		Address: netip.PrefixFrom(address, n.Subnet.Bits()),
		MAC:     r.mac(a.Network, address),
		MTU:     n.MTU,
	})
	r.setLink(d, &d.Interfaces[len(d.Interfaces)-1], a)
}

// setLink takes the link that is said nearest: at the attachment, the node, the network.
func (r *resolver) setLink(d *draft, x *Interface, a Attachment) {
	for _, said := range []struct {
		link  *Link
		where []string
	}{
		{a.Link, d.at("networks", a.Network, "link")},
		{d.link, d.at("link")},
		{r.networks[a.Network].Link, path("networks", a.Network, "link")},
	} {
		if said.link != nil {
			x.Link, x.Wired = *said.link, !said.link.IsPerfect()
			r.checkLink(*said.link, said.where)
			return
		}
	}
}

// checkLink reports a link once, however many attachments it is for.
func (r *resolver) checkLink(l Link, where []string) {
	at := strings.Join(where, "\x00")
	if !r.linksTold[at] {
		r.linksTold[at] = true
		r.problems = append(r.problems, l.Problems(where...)...)
	}
}

// mac is the Ethernet address of a node on a network, made to be read by eye:
//
//	02 : 00 : 0a : 01 : 00 : 02
//	│    │    └── 10.1.0.2 ──┘
//	│    └ the network's place in the file, modulo 256
//	└ locally administered, unicast (IEEE 802)
func (r *resolver) mac(network string, address netip.Addr) MAC {
	a := address.As4()
	return MAC{2, byte(slices.Index(r.order, network)), a[0], a[1], a[2], a[3]}
}

func (r *resolver) reportFull() {
	wanted := map[string]int{}
	for _, d := range r.nodes {
		for _, a := range d.attachments {
			wanted[a.Network]++
		}
	}
	for _, name := range r.order {
		p := r.pools[name]
		if wanted[name] > p.size() {
			r.problems.add(path("networks", name, "subnet"),
				fmt.Sprintf("network %s: %s has %d host addresses, %d are needed", name, p.subnet, p.size(), wanted[name]), "a larger subnet, such as "+larger(p.subnet, wanted[name]))
		}
	}
}

// larger is the smallest subnet around the given one that has room for n hosts.
func larger(s netip.Prefix, n int) string {
	bits := s.Bits()
	for bits > 8 && 1<<(32-bits)-2 < n {
		bits--
	}
	return netip.PrefixFrom(s.Addr(), bits).Masked().String()
}
