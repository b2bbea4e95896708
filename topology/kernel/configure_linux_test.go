package kernel_test

import (
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/kernel"
	"netsim/topology/topotest"
)

// inNamespace runs the test in a network namespace of its own, on a thread that ends
// with the test.
func inNamespace(t *testing.T) *kernel.Namespace {
	t.Helper()
	topotest.Require(t, "native")
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes a network namespace without a user namespace")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	ns, err := kernel.Self()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ns.Close)
	return ns
}

// router is gw of topotest.Routed with a route:
//
//	office ── eth0 10.1.0.1 │ gw │ 10.2.0.1 eth1 ── workshop
func router(t *testing.T) topology.Node {
	t.Helper()
	topo := topotest.Routed()
	topo.Routers[0].Routes = []topology.StaticRoute{{Destination: netip.MustParsePrefix("10.9.0.0/16"), Via: netip.MustParseAddr("10.2.0.7")}}
	plan, err := topology.Resolve(topo)
	if err != nil {
		t.Fatal(err)
	}
	return *plan.Node("gw")
}

func addVeth(t *testing.T, ns *kernel.Namespace, name, address string) {
	t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	if err := ns.Links().LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: name + "-peer", PeerTxQLen: -1}); err != nil {
		t.Fatal(err)
	}
	peer, err := ns.Links().LinkByName(name + "-peer")
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Links().LinkSetUp(peer); err != nil {
		t.Fatal(err)
	}
	link, err := ns.Links().LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := netlink.ParseAddr(address)
	if err := ns.Links().AddrAdd(link, a); err != nil {
		t.Fatal(err)
	}
}

// A container's interfaces come with other names, in the other order, with other
// addresses: they change places and become the plan's.
func TestConfigureMakesInterfacesThePlans(t *testing.T) {
	ns := inNamespace(t)
	node := router(t)
	addVeth(t, ns, "eth1", "172.16.0.2/24")
	addVeth(t, ns, "eth0", "172.16.1.2/24")
	cables := kernel.Cables{"eth0": netip.MustParseAddr("172.16.0.2"), "eth1": netip.MustParseAddr("172.16.1.2")}
	for range 2 { // the second time finds all right already
		if err := ns.Configure(node, cables); err != nil {
			t.Fatal(err)
		}
		checkNode(t, ns, node)
		cables = nil
	}
}

func checkNode(t *testing.T, ns *kernel.Namespace, node topology.Node) {
	t.Helper()
	for _, want := range node.Interfaces {
		link, err := ns.Links().LinkByName(want.Name)
		if err != nil {
			t.Fatal(err)
		}
		if got := link.Attrs().HardwareAddr.String(); got != want.MAC.String() {
			t.Errorf("%s: address %s, want %s", want.Name, got, want.MAC)
		}
		addrs, _ := ns.Links().AddrList(link, netlink.FAMILY_V4)
		if len(addrs) != 1 || addrs[0].IPNet.String() != want.Address.String() {
			t.Errorf("%s: %v, want %s alone", want.Name, addrs, want.Address)
		}
		checkConf(t, want.Name)
	}
	routes, _ := ns.Links().RouteList(nil, netlink.FAMILY_V4)
	if !slices.ContainsFunc(routes, func(r netlink.Route) bool { return r.Dst.String() == "10.9.0.0/16" && r.Gw.String() == "10.2.0.7" }) {
		t.Errorf("no route to 10.9.0.0/16: %v", routes)
	}
}

func checkConf(t *testing.T, name string) {
	t.Helper()
	for field, want := range map[string]string{"forwarding": "1", "accept_redirects": "0", "send_redirects": "0", "rp_filter": "0"} {
		got, err := os.ReadFile("/proc/sys/net/ipv4/conf/" + name + "/" + field)
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s.%s = %q (%v), want %s", name, field, got, err, want)
		}
	}
}

func TestConfigureNamesTheInterfaceThatIsMissing(t *testing.T) {
	ns := inNamespace(t)
	err := ns.Configure(router(t), kernel.Cables{"eth0": netip.MustParseAddr("172.16.0.2")})
	if err == nil || err.Error() != "gw: interface eth0: no interface has 172.16.0.2" {
		t.Errorf("got %v", err)
	}
}

func TestSysctlsCanBeWritten(t *testing.T) {
	inNamespace(t)
	if err := kernel.WriteSysctls(kernel.Sysctls(router(t))); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile("/proc/sys/net/ipv4/ping_group_range"); strings.Join(strings.Fields(string(got)), " ") != "0 2147483647" {
		t.Errorf("ping_group_range is %q", got)
	}
}
