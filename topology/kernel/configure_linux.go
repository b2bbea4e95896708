package kernel

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
)

// Cables says which of the interfaces that are there becomes which interface of the
// plan: from the plan's name ("eth0") to an address that the interface carries now. A nil map
// means that the interfaces have the plan's names already.
type Cables map[string]netip.Addr

// Configure makes the namespace match the node. Interfaces that the plan does not
// name are left alone. It can be called again; what is right already stays.
func (ns *Namespace) Configure(node topology.Node, cables Cables) error {
	if err := ns.loopbackUp(); err != nil {
		return err
	}
	links, err := ns.find(node, cables)
	if err != nil {
		return err
	}
	if err := ns.rename(node, links); err != nil {
		return err
	}
	for i, want := range node.Interfaces {
		if err := ns.configureInterface(links[i], want, node.Forwards()); err != nil {
			return fmt.Errorf("%s: interface %s: %w", node.Name, want.Name, err)
		}
	}
	return ns.addRoutes(node, links)
}

func (ns *Namespace) loopbackUp() error {
	lo, err := ns.links.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("lo: %w", err)
	}
	if lo.Attrs().Flags&net.FlagUp != 0 {
		return nil
	}
	return ns.links.LinkSetUp(lo)
}

// find returns the links for the node's interfaces, in the plan's order.
func (ns *Namespace) find(node topology.Node, cables Cables) ([]netlink.Link, error) {
	links := make([]netlink.Link, len(node.Interfaces))
	for i, want := range node.Interfaces {
		var err error
		if address, ok := cables[want.Name]; ok {
			links[i], err = ns.linkWith(address)
		} else {
			links[i], err = ns.links.LinkByName(want.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: interface %s: %w", node.Name, want.Name, err)
		}
	}
	return links, nil
}

// linkWith finds the interface that carries an address.
func (ns *Namespace) linkWith(address netip.Addr) (netlink.Link, error) {
	addrs, err := ns.links.AddrList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if got, ok := netip.AddrFromSlice(a.IP.To4()); ok && got == address {
			return ns.links.LinkByIndex(a.LinkIndex)
		}
	}
	return nil, fmt.Errorf("no interface has %s", address)
}

// rename gives the links the plan's names, by way of names that nobody has: two of
// them may have to change places. A link must be down to be renamed.
func (ns *Namespace) rename(node topology.Node, links []netlink.Link) error {
	for round := range 2 {
		for i, want := range node.Interfaces {
			if links[i].Attrs().Name == want.Name {
				continue
			}
			name := want.Name
			if round == 0 {
				name = fmt.Sprintf("netsim%d", i)
			}
			if err := ns.renameLink(links[i], name); err != nil {
				return fmt.Errorf("%s: %s to %s: %w", node.Name, links[i].Attrs().Name, name, err)
			}
			links[i].Attrs().Name = name
		}
	}
	return nil
}

func (ns *Namespace) renameLink(link netlink.Link, name string) error {
	if err := ns.links.LinkSetDown(link); err != nil {
		return err
	}
	return ns.links.LinkSetName(link, name)
}

func (ns *Namespace) configureInterface(link netlink.Link, want topology.Interface, forward bool) error {
	if link.Attrs().HardwareAddr.String() != want.MAC.String() {
		if err := ns.setMAC(link, want.MAC); err != nil {
			return err
		}
	}
	if link.Attrs().MTU != want.MTU {
		if err := ns.links.LinkSetMTU(link, want.MTU); err != nil {
			return fmt.Errorf("mtu %d: %w", want.MTU, err)
		}
	}
	if err := ns.setAddress(link, want.Address); err != nil {
		return err
	}
	if err := ns.links.LinkSetUp(link); err != nil {
		return err
	}
	return ns.setConf(link, confOf(forward))
}

// setMAC needs the link down where the driver does not change it live, and takes it
// down in any case, so that nothing is sent from half-changed addresses.
func (ns *Namespace) setMAC(link netlink.Link, mac topology.MAC) error {
	if err := ns.links.LinkSetDown(link); err != nil {
		return err
	}
	if err := ns.links.LinkSetHardwareAddr(link, mac[:]); err != nil {
		return fmt.Errorf("address %s: %w", mac, err)
	}
	return nil
}

// setAddress leaves the link with exactly one IPv4 address.
func (ns *Namespace) setAddress(link netlink.Link, want netip.Prefix) error {
	have, err := ns.links.AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	for _, a := range have {
		if a.IPNet.String() == want.String() {
			continue
		}
		if err := ns.links.AddrDel(link, &a); err != nil {
			return fmt.Errorf("%s: %w", a.IPNet, err)
		}
	}
	if err := ns.links.AddrReplace(link, &netlink.Addr{IPNet: ipNet(want)}); err != nil {
		return fmt.Errorf("%s: %w", want, err)
	}
	return nil
}

func (ns *Namespace) addRoutes(node topology.Node, links []netlink.Link) error {
	index := map[string]int{}
	for i, want := range node.Interfaces {
		index[want.Name] = links[i].Attrs().Index
	}
	for _, r := range node.Routes {
		route := &netlink.Route{
			LinkIndex: index[r.Interface],
			Dst:       ipNet(r.Destination),
			Gw:        r.Via.AsSlice(),
			Protocol:  unix.RTPROT_STATIC,
		}
		if err := ns.links.RouteReplace(route); err != nil {
			return fmt.Errorf("%s: route %s via %s: %w", node.Name, r.Destination, r.Via, err)
		}
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
