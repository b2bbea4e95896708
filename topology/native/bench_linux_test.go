package native_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/topology"
	"netsim/topology/native"
	"netsim/topology/topotest"
)

// star is n hosts, spread over segments that one router joins.
func star(hosts, segments int) *topology.Plan {
	t := topology.Topology{Name: "star", Routers: []topology.Router{{Name: "gw"}}}
	for i := range segments {
		name := fmt.Sprintf("s%d", i)
		t.Networks = append(t.Networks, topology.Network{Name: name, Subnet: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16)})
		attached := []topology.Attachment{{Network: name}}
		t.Routers[0].Attachments = append(t.Routers[0].Attachments, attached[0])
		t.Hosts = append(t.Hosts, topology.Host{Name: "h" + name, Attachments: attached, Count: hosts / segments})
	}
	plan, err := topology.Resolve(t)
	if err != nil {
		panic(err)
	}
	return plan
}

// BenchmarkUpDown brings networks up and down, in turn with the floor: a bare netlink
// program that makes the same namespaces, veth pairs and addresses, and ends. The
// metric floor-ratio is ours by the floor's; ms/host is ours.
//
//	go test ./topology/native -run - -bench UpDown
func BenchmarkUpDown(b *testing.B) {
	perHost := map[int]float64{}
	for _, size := range []struct{ hosts, segments int }{{50, 2}, {100, 2}, {1000, 20}} {
		b.Run(fmt.Sprintf("hosts=%d", size.hosts), func(b *testing.B) {
			topotest.Require(b, "native")
			plan := star(size.hosts, size.segments)
			var ours, bare time.Duration
			for b.Loop() {
				ours += timed(func() { upDown(b, plan) })
				bare += timed(func() { runFloor(b, plan) })
			}
			b.ReportMetric(ours.Seconds()/bare.Seconds(), "floor-ratio")
			b.ReportMetric(ours.Seconds()*1000/float64(b.N*size.hosts), "ms/host")
			b.ReportMetric(bare.Seconds()*1000/float64(b.N*size.hosts), "floor-ms/host")
			perHost[size.hosts] = ours.Seconds() / float64(b.N*size.hosts)
			if got := ours.Seconds() / bare.Seconds(); size.hosts != 100 && got > 1.5 {
				b.Errorf("%.2f times the floor, at most 1.5 are allowed", got)
			}
			if got := perHost[size.hosts] / perHost[100]; size.hosts == 1000 && got > 1.5 {
				b.Errorf("a host of 1,000 takes %.2f times one of 100, at most 1.5 are allowed", got)
			}
		})
	}
}

func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func upDown(b *testing.B, plan *topology.Plan) {
	world, err := new(native.Driver).Up(b.Context(), topology.Run{ID: "bench", Plan: plan, Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	if err := world.Close(); err != nil {
		b.Fatal(err)
	}
}

func runFloor(b *testing.B, plan *topology.Plan) {
	file := b.TempDir() + "/plan.json"
	text, err := json.Marshal(plan)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "floor", file)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
}

// floor makes bridges, namespaces, veth pairs and addresses, and nothing else.
func floor(file string) {
	text, err := os.ReadFile(file)
	check(err)
	var plan topology.Plan
	check(json.Unmarshal(text, &plan))
	runtime.LockOSThread()
	sw, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	check(err)
	bridges := map[string]int{}
	for i, s := range plan.Segments {
		bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: fmt.Sprintf("br%d", i), TxQLen: -1}}
		check(sw.LinkAdd(bridge))
		check(sw.LinkSetUp(bridge))
		bridges[s.Name] = bridge.Index
	}
	for i, n := range plan.Nodes {
		floorNode(sw, bridges, i, n)
	}
}

func floorNode(sw *netlink.Handle, bridges map[string]int, i int, n topology.Node) {
	check(unix.Unshare(unix.CLONE_NEWNET))
	ns, err := os.Open("/proc/thread-self/ns/net")
	check(err)
	inside, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	check(err)
	for j, x := range n.Interfaces {
		attrs := netlink.LinkAttrs{Name: fmt.Sprintf("p%d.%d", i, j), MasterIndex: bridges[x.Segment], TxQLen: -1}
		cable := &netlink.Veth{LinkAttrs: attrs, PeerName: x.Name, PeerTxQLen: -1, PeerNamespace: netlink.NsFd(ns.Fd()), PeerHardwareAddr: x.MAC[:]}
		check(sw.LinkAdd(cable))
		check(sw.LinkSetUp(cable))
		eth, err := inside.LinkByName(x.Name)
		check(err)
		check(inside.AddrAdd(eth, &netlink.Addr{IPNet: &net.IPNet{IP: x.Address.Addr().AsSlice(), Mask: net.CIDRMask(x.Address.Bits(), 32)}}))
		check(inside.LinkSetUp(eth))
	}
	lo, err := inside.LinkByName("lo")
	check(err)
	check(inside.LinkSetUp(lo))
	inside.Close()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, strings.TrimSpace(err.Error()))
		os.Exit(1)
	}
}
