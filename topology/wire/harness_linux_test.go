package wire_test

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/kernel"
	"netsim/topology/topotest"
	"netsim/topology/wire"
)

// lan is two hosts on one switch, with a wire at bob:
//
//	alice 10.1.0.1 ── lan ──wire── bob 10.1.0.2
type lan struct {
	t     testing.TB
	panel *wire.Panel
	nodes map[string]*host
}

// host is a network namespace.
type host struct {
	t       testing.TB
	file    *os.File
	address netip.Addr
}

// newLAN makes it; wires are laid on the links that are given, by node. A name that is none of the three is
// another host.
func newLAN(t testing.TB, seed uint64, links map[string]topology.Link) *lan {
	t.Helper()
	topotest.Require(t, "native")
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes network namespaces without a user namespace")
	}
	l := &lan{t: t, panel: &wire.Panel{}, nodes: map[string]*host{}}
	t.Cleanup(l.panel.Close)
	asked := topology.Topology{
		Name: "lan", Networks: []topology.Network{{Name: "lan", Subnet: netip.MustParsePrefix("10.1.0.0/24")}},
	}
	names := []string{"alice", "bob", "carol"}
	for _, name := range slices.Sorted(maps.Keys(links)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		h := topology.Host{Name: name, Attachments: []topology.Attachment{{Network: "lan"}}}
		if link, said := links[name]; said {
			h.Link = &link
		}
		asked.Hosts = append(asked.Hosts, h)
	}
	plan, err := topology.Resolve(asked)
	if err != nil {
		t.Fatal(err)
	}
	for name := range links {
		plan.Wire(name, "lan")
	}
	sw := newHost(t)
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}, MulticastSnooping: &snooping}
	links0 := sw.namespace()
	defer links0.Close()
	must(t, links0.Links().LinkAdd(bridge))
	must(t, links0.Links().LinkSetUp(bridge))
	for i, node := range plan.Nodes {
		l.plug(links0, bridge, i, node, seed)
	}
	return l
}

// plug makes a host, its cable and its wire.
func (l *lan) plug(sw *kernel.Namespace, bridge netlink.Link, i int, node topology.Node, seed uint64) {
	h := newHost(l.t)
	h.address = node.Interfaces[0].Address.Addr()
	l.nodes[node.Name] = h
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = fmt.Sprintf("p%d", i), bridge.Attrs().Index
	cable := &netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsFd(h.file.Fd()), PeerTxQLen: -1}
	must(l.t, sw.Links().LinkAdd(cable))
	must(l.t, sw.Links().LinkSetUp(cable))
	inside := h.namespace()
	must(l.t, inside.Configure(node, nil))
	must(l.t, l.panel.Lay(wire.Place{Namespace: inside, NetNS: int(h.file.Fd())}, seed, node))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newHost(t testing.TB) *host {
	t.Helper()
	type made struct {
		file *os.File
		err  error
	}
	done := make(chan made)
	go func() {
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = kernel.WriteSysctls(map[string]string{"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"})
		}
		f, e := os.Open("/proc/thread-self/ns/net")
		if err == nil {
			err = e
		}
		done <- made{f, err}
	}()
	m := <-done
	must(t, m.err)
	t.Cleanup(func() { m.file.Close() })
	return &host{t: t, file: m.file}
}

func (h *host) namespace() *kernel.Namespace {
	h.t.Helper()
	ns, err := kernel.At(int(h.file.Fd()))
	must(h.t, err)
	return ns
}

// do calls a function on a thread in the host's network. Sockets that it makes stay there.
func (h *host) do(call func() error) {
	h.t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(int(h.file.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			err = call()
		}
		done <- err
	}()
	must(h.t, <-done)
}

// listen opens a UDP socket with room for much.
func (h *host) listen(port int) *net.UDPConn {
	h.t.Helper()
	var c *net.UDPConn
	h.do(func() (err error) {
		c, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4zero, Port: port})
		return err
	})
	h.t.Cleanup(func() { c.Close() })
	must(h.t, c.SetReadBuffer(4<<20))
	return c
}

// dial opens a UDP socket to another host.
func (h *host) dial(to *host, port int) *net.UDPConn {
	h.t.Helper()
	var c *net.UDPConn
	h.do(func() (err error) {
		c, err = net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.address, uint16(port))))
		return err
	})
	h.t.Cleanup(func() { c.Close() })
	return c
}
