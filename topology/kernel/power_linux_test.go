package kernel_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology/kernel"
)

// A node that is silenced has its interfaces down and no routes; configured again it has both.
func TestSilenceAndBack(t *testing.T) {
	ns := inNamespace(t)
	node := router(t)
	addVeth(t, ns, "eth0", "172.16.0.2/24")
	addVeth(t, ns, "eth1", "172.16.1.2/24")
	for range 2 {
		if err := ns.Configure(node, nil); err != nil {
			t.Fatal(err)
		}
		if err := ns.AwaitCarrier(node); err != nil {
			t.Fatal(err)
		}
		checkNode(t, ns, node)
		if err := ns.Silence(node); err != nil {
			t.Fatal(err)
		}
		for _, x := range node.Interfaces {
			if link, err := ns.Links().LinkByName(x.Name); err != nil || link.Attrs().Flags&net.FlagUp != 0 {
				t.Errorf("%s is up, or %v", x.Name, err)
			}
		}
		if routes, err := ns.Links().RouteList(nil, netlink.FAMILY_V4); len(routes) > 0 || err != nil {
			t.Errorf("routes are left: %v %v", routes, err)
		}
	}
	node.Interfaces[0].Name = "eth7"
	if err := ns.Silence(node); err == nil || err.Error() != "gw: interface eth7: Link not found" {
		t.Error(err)
	}
}

// Connections end, also those whose program is gone; who listens is left alone.
func TestDestroySockets(t *testing.T) {
	ns := inNamespace(t)
	node := router(t)
	node.Interfaces = nil
	node.Routes = nil
	if err := ns.Configure(node, nil); err != nil { // brings the loopback up
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 {
		c, err := net.DialTimeout("tcp4", l.Addr().String(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if err := kernel.DestroySockets(-1); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, unix.ECONNABORTED) && !errors.Is(err, unix.ECONNRESET) { // whichever end went first
			t.Errorf("reading says %v", err)
		}
		c.Close()
	}
}
