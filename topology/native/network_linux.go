package native

import (
	"fmt"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/kernel"
)

// network is the bridges, namespaces and cables of one plan. It lives in the
// network namespace of the process that builds it, which becomes the hidden switch.
type network struct {
	plan     *topology.Plan
	sw       *kernel.Namespace
	segments map[string]netlink.Link // bridges by segment
	nodes    map[string]*os.File     // network namespaces by node
	cables   int
}

// build makes the whole network. There is no undoing: when it fails, the process
// ends, and the kernel with it removes what was made.
func build(plan *topology.Plan, progress func(topology.Progress)) (*network, error) {
	sw, err := kernel.Self()
	if err != nil {
		return nil, err
	}
	n := &network{plan: plan, sw: sw, segments: map[string]netlink.Link{}, nodes: map[string]*os.File{}}
	if err := kernel.WriteSysctls(switchSysctls); err != nil {
		return nil, err
	}
	for i, s := range plan.Segments {
		if err := n.addSegment(i, s); err != nil {
			return nil, fmt.Errorf("network %s: %w", s.Name, err)
		}
		progress(topology.Progress{Phase: "networks", Done: i + 1, Total: len(plan.Segments)})
	}
	for i, node := range plan.Nodes {
		if err := n.addNode(node); err != nil {
			return nil, fmt.Errorf("node %s: %w", node.Name, err)
		}
		progress(topology.Progress{Phase: "nodes", Done: i + 1, Total: len(plan.Nodes)})
	}
	return n, nil
}

// switchSysctls keep the switch itself from speaking on the segments.
var switchSysctls = map[string]string{
	"net.ipv6.conf.all.disable_ipv6":     "1",
	"net.ipv6.conf.default.disable_ipv6": "1",
}

// addSegment makes a bridge without an address: a switch.
func (n *network) addSegment(i int, s topology.Segment) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = fmt.Sprintf("br%d", i)
	attrs.MTU = s.MTU
	snooping := false // with it a bridge speaks IGMP itself; without, it passes on multicasts to all
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	if err := n.sw.Links().LinkAdd(bridge); err != nil {
		return err
	}
	n.segments[s.Name] = bridge
	return n.sw.Links().LinkSetUp(bridge)
}

// sysctls are a node's settings. Only one group exists in our user namespace, so
// only that one can be allowed to ping.
func sysctls(node topology.Node) map[string]string {
	s := kernel.Sysctls(node)
	s["net.ipv4.ping_group_range"] = "0 0"
	return s
}

func (n *network) addNode(node topology.Node) error {
	ns, err := newNamespace(sysctls(node))
	if err != nil {
		return err
	}
	n.nodes[node.Name] = ns
	for _, i := range node.Interfaces {
		if err := n.addCable(i, ns); err != nil {
			return fmt.Errorf("interface %s: %w", i.Name, err)
		}
	}
	inside, err := kernel.At(int(ns.Fd()))
	if err != nil {
		return err
	}
	defer inside.Close()
	return inside.Configure(node, nil)
}

// addCable makes a veth pair: one end a port of the segment's bridge, the other,
// with the plan's name and Ethernet address, in the node's namespace.
func (n *network) addCable(i topology.Interface, ns *os.File) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = fmt.Sprintf("p%d", n.cables)
	attrs.MTU = i.MTU
	attrs.MasterIndex = n.segments[i.Segment].Attrs().Index
	n.cables++
	cable := &netlink.Veth{
		LinkAttrs:        attrs,
		PeerName:         i.Name,
		PeerMTU:          uint32(i.MTU),
		PeerHardwareAddr: i.MAC[:],
		PeerNamespace:    netlink.NsFd(ns.Fd()),
		PeerTxQLen:       -1,
	}
	if err := n.sw.Links().LinkAdd(cable); err != nil {
		return err
	}
	return n.sw.Links().LinkSetUp(cable)
}

// newNamespace makes a network namespace with these settings and returns a
// descriptor of it. It works on a thread of its own, which ends with it: a thread that
// changed its namespace must not run anything else.
func newNamespace(sysctls map[string]string) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		file, err := unshareNetwork(sysctls)
		done <- result{file, err}
	}()
	r := <-done
	return r.file, r.err
}

func unshareNetwork(sysctls map[string]string) (*os.File, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("new network namespace: %w", err)
	}
	if err := kernel.WriteSysctls(sysctls); err != nil {
		return nil, err
	}
	return os.Open("/proc/thread-self/ns/net")
}
