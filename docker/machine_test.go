package docker_test

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

// hostAddresses are the machine's own, and one outside.
func hostAddresses(t testing.TB) []string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"192.0.2.254"}
	for _, a := range addrs {
		if p := netip.MustParsePrefix(a.String()); p.Addr().Is4() && !p.Addr().IsLoopback() {
			all = append(all, p.Addr().String())
		}
	}
	return all
}

// machineSubnet is a subnet that the machine itself has an address in, and that no Docker
// network has, and the half of it where that address is not.
func machineSubnet(t testing.TB) (whole, half netip.Prefix) {
	t.Helper()
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		addrs, _ := l.Addrs()
		for _, a := range addrs {
			p := netip.MustParsePrefix(a.String())
			docker := strings.HasPrefix(l.Name, "docker") || strings.HasPrefix(l.Name, "br-")
			if p.Addr().Is4() && !p.Addr().IsLoopback() && p.Bits() < 30 && !docker {
				return p.Masked(), otherHalf(p)
			}
		}
	}
	t.Skip("the machine has no IPv4 address")
	return
}

func otherHalf(p netip.Prefix) netip.Prefix {
	a := p.Masked().Addr().As4()
	half := netip.PrefixFrom(p.Masked().Addr(), p.Bits()+1)
	if half.Contains(p.Addr()) {
		a[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	}
	return netip.PrefixFrom(netip.AddrFrom4(a), p.Bits()+1)
}

// lanPlan is topotest.LAN with a subnet of its own.
func lanPlan(t testing.TB, subnet netip.Prefix) *topology.Plan {
	t.Helper()
	top := topotest.LAN()
	top.Networks[0].Subnet = subnet
	p, err := topology.Resolve(top)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// machineState is the machine's addresses and routes, besides those of links that come and go with
// containers.
func machineState(t testing.TB) string {
	t.Helper()
	routes, err := os.ReadFile("/proc/net/route")
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := exec.Command("ip", "-4", "-o", "address").Output()
	if err != nil {
		t.Skip("no ip(8):", err)
	}
	return string(routes) + string(addrs)
}

// bridgePlan overlaps Docker's default bridge.
func bridgePlan(t testing.TB) *topology.Plan {
	t.Helper()
	bridge := dockerCLI(t, "network", "inspect", "bridge", "--format", "{{range .IPAM.Config}}{{.Subnet}} {{end}}")
	return lanPlan(t, netip.PrefixFrom(netip.MustParsePrefix(strings.Fields(bridge)[0]).Addr(), 24))
}
