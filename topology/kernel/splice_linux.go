package kernel

import (
	"errors"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
)

// InnerName and OuterName are the devices between which a wire lies that is laid on an interface:
// the other end of the interface, and the real cable.
func InnerName(name string) string { return "x-" + name }
func OuterName(name string) string { return "w-" + name }

// IsSpliced says whether an interface is prepared for a wire.
func (ns *Namespace) IsSpliced(name string) bool {
	_, err := ns.links.LinkByName(InnerName(name))
	return err == nil
}

// Splice prepares an interface that is configured for a wire, while traffic flows. Nothing passes until
// the wire is laid.
//
//	before   eth0 ═══ network
//	after    eth0 ═ x-eth0   w-eth0 ═══ network      addresses and routes are eth0's, as before
//
// Connections do not notice: they have addresses. Sockets that are bound to a device, and memberships of
// multicast groups, stay with the real cable: what a scenario impairs at any time is spliced before programs start.
//
// After an error the interface is as it was, as far as the kernel lets it.
func (ns *Namespace) Splice(want topology.Interface, forward bool) error {
	if ns.IsSpliced(want.Name) {
		return nil
	}
	cable, err := ns.links.LinkByName(want.Name)
	if err != nil {
		return err
	}
	routes, err := ns.links.RouteList(cable, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("routes: %w", err)
	}
	if err := ns.splice(cable, want, forward, routes); err != nil {
		return errors.Join(err, ns.mend(cable, want, forward, routes))
	}
	return nil
}

func (ns *Namespace) splice(cable netlink.Link, want topology.Interface, forward bool, routes []netlink.Route) error {
	temporary := "t-" + want.Name
	if err := ns.addPair(temporary, want); err != nil {
		return err
	}
	if err := ns.retire(cable, want); err != nil {
		return fmt.Errorf("%s: %w", OuterName(want.Name), err)
	}
	link, err := ns.links.LinkByName(temporary)
	if err != nil {
		return err
	}
	if err := ns.renameLive(link, want.Name); err != nil {
		return err
	}
	if err := ns.configureInterface(link, want, forward); err != nil {
		return err
	}
	return errors.Join(ns.moveRoutes(routes, link), ns.awaitUp(want.Name, OuterName(want.Name), InnerName(want.Name)))
}

// mend makes the real cable the interface again.
func (ns *Namespace) mend(cable netlink.Link, want topology.Interface, forward bool, routes []netlink.Route) error {
	if inner, err := ns.links.LinkByName(InnerName(want.Name)); err == nil {
		if err := ns.links.LinkDel(inner); err != nil {
			return err
		}
	}
	return errors.Join(ns.renameLive(cable, want.Name), ns.links.LinkSetARPOn(cable),
		ns.configureInterface(cable, want, forward), ns.moveRoutes(routes, cable))
}

// addPair makes the veth pair whose one end becomes the interface.
func (ns *Namespace) addPair(name string, want topology.Interface) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = name, want.MTU, want.MAC[:]
	pair := &netlink.Veth{LinkAttrs: attrs, PeerName: InnerName(want.Name), PeerMTU: uint32(want.MTU), PeerTxQLen: -1}
	if err := ns.links.LinkAdd(pair); err != nil {
		return fmt.Errorf("%s: %w", InnerName(want.Name), err)
	}
	inner, err := ns.links.LinkByName(InnerName(want.Name))
	if err != nil {
		return err
	}
	return errors.Join(ns.links.LinkSetARPOff(inner), ns.links.LinkSetUp(inner), ns.links.LinkSetUp(pair))
}

// retire makes the real cable a device without an address of its own, which the stack does not
// speak on. Frames for the node's Ethernet address are not meant for it.
func (ns *Namespace) retire(cable netlink.Link, want topology.Interface) error {
	if err := ns.renameLive(cable, OuterName(want.Name)); err != nil {
		return err
	}
	addrs, err := ns.links.AddrList(cable, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		if err := ns.links.AddrDel(cable, &a); err != nil {
			return fmt.Errorf("%s: %w", a.IPNet, err)
		}
	}
	other := want.MAC
	other[0] |= 4 // still locally administered
	return errors.Join(ns.links.LinkSetARPOff(cable), ns.links.LinkSetHardwareAddr(cable, other[:]), ns.links.LinkSetUp(cable))
}

// renameLive renames a device that is up; kernels before 6.2 want it down for that.
func (ns *Namespace) renameLive(link netlink.Link, name string) error {
	err := ns.links.LinkSetName(link, name)
	if errors.Is(err, unix.EBUSY) {
		err = errors.Join(ns.renameLink(link, name), ns.links.LinkSetUp(link))
	}
	if err != nil {
		return fmt.Errorf("%s to %s: %w", link.Attrs().Name, name, err)
	}
	return nil
}

// moveRoutes gives a device the routes that another had, but for those that its addresses brought.
func (ns *Namespace) moveRoutes(routes []netlink.Route, link netlink.Link) error {
	for _, r := range routes {
		if r.Protocol == unix.RTPROT_KERNEL {
			continue
		}
		r.LinkIndex = link.Attrs().Index
		if err := ns.links.RouteReplace(&r); err != nil {
			return fmt.Errorf("route %s: %w", r.Dst, err)
		}
	}
	return nil
}

// carrierLimit is how long devices may take to carry frames: the kernel looks at carriers once a second
// where it is not in a hurry.
const carrierLimit = 3 * time.Second

// awaitUp waits until all devices carry frames, which is a while after they are up.
func (ns *Namespace) awaitUp(names ...string) error {
	end := time.Now().Add(carrierLimit)
	for _, name := range names {
		for {
			link, err := ns.links.LinkByName(name)
			if err != nil {
				return fmt.Errorf("interface %s: %w", name, err)
			}
			if link.Attrs().OperState == netlink.OperUp {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("interface %s does not come up", name)
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}
