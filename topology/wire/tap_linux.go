package wire

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// What the kernel does with frames that come in at x-eth0 or w-eth0 is said by filters at the ingress
// hook (tc(8)), which come after packet sockets and before the IP stack:
//
//	priority 1  to the sink               while the pump carries the direction
//	priority 2  to the device opposite    always
//
//	tc qdisc add dev x-eth0 ingress
//	tc filter add dev x-eth0 ingress prio 2 u32 match u32 0 0 action mirred egress redirect dev w-eth0
//
// The hook belongs to the device and not to its name, so that renaming cannot make a loop of it.
const (
	divertPriority  = 1
	forwardPriority = 2
)

var ingress = netlink.MakeHandle(0xffff, 0)

// forward has the kernel pass on what comes in at one device to another.
func forward(links *netlink.Handle, from, to int) error {
	if from == to {
		return errors.New("a device cannot be forwarded to itself")
	}
	qdisc := &netlink.Ingress{QdiscAttrs: netlink.QdiscAttrs{LinkIndex: from, Handle: ingress, Parent: netlink.HANDLE_INGRESS}}
	if err := links.QdiscReplace(qdisc); err != nil {
		return fmt.Errorf("ingress hook: %w", err)
	}
	return redirect(links, from, to, forwardPriority)
}

// divert sends the kernel's copy of what comes in at a device to the sink.
func divert(links *netlink.Handle, from, sink int) error {
	return redirect(links, from, sink, divertPriority)
}

// undivert lets the kernel pass it on again.
func undivert(links *netlink.Handle, from int) error {
	for _, f := range redirections(from, 0, divertPriority) {
		if err := links.FilterDel(f); err == nil {
			return nil
		} else if !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("filter: %w", err)
		}
	}
	return nil
}

// redirect uses the first kind of filter that this kernel has.
func redirect(links *netlink.Handle, from, to int, priority uint16) error {
	var wrong []error
	for _, f := range redirections(from, to, priority) {
		err := links.FilterAdd(f)
		if err == nil {
			return nil
		}
		wrong = append(wrong, fmt.Errorf("tc filter %s with action mirred: %w", f.Type(), err))
	}
	return errors.Join(wrong...)
}

// redirections match every frame.
func redirections(from, to int, priority uint16) []netlink.Filter {
	attrs := netlink.FilterAttrs{LinkIndex: from, Parent: ingress, Priority: priority, Protocol: unix.ETH_P_ALL}
	mirred := []netlink.Action{netlink.NewMirredAction(to)}
	return []netlink.Filter{
		&netlink.U32{FilterAttrs: attrs, Actions: mirred},
		&netlink.MatchAll{FilterAttrs: attrs, Actions: mirred},
		&netlink.Flower{FilterAttrs: attrs, Actions: mirred},
	}
}

// sinkName is a bridge without ports: what it is given goes nowhere. Dropping itself (tc-gact(8)) is an
// action that not every kernel has; bridges there are wherever there are networks of containers.
const sinkName = "netsim-sink"

// sinkOf finds or makes the sink of a network namespace.
func sinkOf(links *netlink.Handle) (int, error) {
	link, err := links.LinkByName(sinkName)
	if missing := (netlink.LinkNotFoundError{}); errors.As(err, &missing) {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = sinkName
		snooping := false // with it a bridge speaks IGMP itself
		if err := links.LinkAdd(&netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}); err != nil {
			return 0, fmt.Errorf("sink: %w", err)
		}
		link, err = links.LinkByName(sinkName)
	}
	if err != nil {
		return 0, fmt.Errorf("sink: %w", err)
	}
	return link.Attrs().Index, links.LinkSetUp(link)
}
