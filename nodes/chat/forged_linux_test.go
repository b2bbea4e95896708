package chat_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netsim/nodes/nodestest"
	"netsim/topology/topotest"
)

// 10,000 datagrams with forged sources that nobody answers ARP for: the kernel keeps what they are
// sent for seconds. The room lets in so many and no more; those who were there before hear
// everything; and the forged ones are gone after the idle time.
//
//	┌ a network namespace ───────────────────────────┐
//	│ 10.9.0.1 room, members       10.9.x.y forged    │
//	│     └─ lo                        └─ eth0 ── eth1│ nobody
//	└─────────────────────────────────────────────────┘
func TestForgedSources(t *testing.T) {
	if !onIsland(t) {
		return
	}
	room, server, alice, bob := islandRoom(t, "--idle", "3s", "--members", "120", "--silent", "1600")
	defer signsOfLife(alice, bob)()
	forge := newForger(t)
	for i := range 5000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(1 + i/250), byte(1 + i%250)}), 4000)
		forge.send(from, server, fmt.Sprintf("forged %d", i))
		forge.send(from, server, fmt.Sprintf("forged %d : hello", i))
		if i%50 == 0 {
			alice.says(fmt.Sprintf("alice : %d", i))
			bob.hearsFrom("alice", fmt.Sprintf("alice : %d", i))
		}
	}
	for left := 0; left < 118; {
		if e := room.Await("left"); strings.HasPrefix(fmt.Sprint(e["name"]), "forged") {
			left++
		}
	}
	o := room.Stop()
	if o.Number("most") != 120 || o.Number("joined") != 120 || o.Number("members") != 2 {
		t.Errorf("got %v", o.Result)
	}
	if got := o.Number("dropped", "full"); got != 10_000-2*118 {
		t.Errorf("%v thrown away since the room was full", got)
	}
}

// A crowd of forged members that is there already, from a few addresses, speaks all at once. A member that only
// listens hears everything that one says who was there before, and is sent no more than it may be.
func TestForgedCrowd(t *testing.T) {
	if !onIsland(t) {
		return
	}
	room, server, alice, bob := islandRoom(t, "--silent", "1200", "--members", "500", "--per-address", "250")
	bob.SetReadBuffer(4 << 20) // he reads afterwards
	forge := newForger(t)
	from := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 7, byte(1 + i%4)}), uint16(4000+i/4))
	}
	for i := range 490 {
		forge.send(from(i), server, fmt.Sprintf("forged %d", i))
	}
	for range 490 {
		room.Await("joined")
	}
	began := time.Now()
	for i := range 9500 {
		forge.send(from(i%490), server, fmt.Sprintf("forged %d : spam", i))
		if i%95 == 0 {
			alice.says(fmt.Sprintf("alice : %d", i))
			time.Sleep(10 * time.Millisecond) // what the kernel has no room for, no room can serve
		}
	}
	total := 0
	for i := 0; i < 9500; i += 95 {
		total += bob.hearsFrom("alice", fmt.Sprintf("alice : %d", i))
	}
	total += bob.countRest()
	if limit := 1200 + trickleFor(time.Since(began)); total > limit {
		t.Errorf("bob was sent %d datagrams, may be sent %d", total, limit)
	}
	if o := room.Stop(); o.Number("dropped", "silent") == 0 || o.Number("most") != 492 {
		t.Errorf("got %v", o.Result)
	}
}

// trickleFor is what a silent member is sent besides.
func trickleFor(d time.Duration) int { return 20 * (int(d.Seconds()) + 1) }

// countRest is how many datagrams still come.
func (v visitor) countRest() (n int) {
	v.SetReadDeadline(time.Now().Add(time.Second))
	for ; ; n++ {
		if _, err := v.Read(make([]byte, 2048)); err != nil {
			return n
		}
	}
}

// hearsFrom is hears, passing over what others say. It returns how many datagrams came.
func (v visitor) hearsFrom(name, want string) int {
	v.t.Helper()
	b := make([]byte, 2048)
	for n := 1; ; n++ {
		size, err := v.Read(b)
		if err != nil {
			v.t.Fatalf("%v; want %q", err, want)
		}
		if text := string(b[:size]); strings.HasPrefix(text, name+" : ") {
			if text != want {
				v.t.Fatalf("heard %q, want %q", text, want)
			}
			return n
		}
	}
}

// signsOfLife keeps visitors in the room.
func signsOfLife(all ...visitor) (stop func()) {
	var done sync.WaitGroup
	ended := make(chan struct{})
	done.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Millisecond):
			}
			for _, v := range all {
				v.Write(nil)
			}
		}
	})
	return func() {
		close(ended)
		done.Wait()
	}
}

// islandRoom is a room on the island with two members, who joined in this order.
func islandRoom(t *testing.T, flags ...string) (room *nodestest.Server, server netip.AddrPort, alice, bob visitor) {
	t.Helper()
	buildIsland(t)
	room = serve(t, flags...)
	alice, bob = visit(t, room, "10.9.0.2"), visit(t, room, "10.9.0.3")
	alice.enters(room, "alice")
	bob.enters(room, "bob")
	alice.hears("bob 进入聊天室...")
	return room, netip.MustParseAddrPort("10.9.0.1:" + room.Text("port")), alice, bob
}

// onIsland says whether the test is in namespaces of its own; else it runs it again there.
func onIsland(t *testing.T) bool {
	t.Helper()
	topotest.Require(t, "native")
	if os.Getenv(roleVar) == "island" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), roleVar+"=island")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

func buildIsland(t *testing.T) {
	t.Helper()
	eth0 := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: "eth1"}
	err := netlink.LinkAdd(eth0)
	for _, name := range []string{"lo", "eth0", "eth1"} {
		link, linkErr := netlink.LinkByName(name)
		if linkErr != nil {
			t.Fatal(errors.Join(err, linkErr))
		}
		err = errors.Join(err, netlink.LinkSetUp(link))
	}
	for _, a := range []string{"10.9.0.1/16", "10.9.0.2/16", "10.9.0.3/16"} {
		address, parseErr := netlink.ParseAddr(a)
		err = errors.Join(err, parseErr, netlink.AddrAdd(eth0, address))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// forger sends UDP with any source.
type forger struct {
	t  *testing.T
	fd int
}

func newForger(t *testing.T) forger {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return forger{t, fd}
}

func (f forger) send(from, to netip.AddrPort, text string) {
	f.t.Helper()
	b := append(make([]byte, 28), text...)
	b[0], b[8], b[9] = 0x45, 64, unix.IPPROTO_UDP // version and header length, TTL; the kernel fills in the length and the checksum
	copy(b[12:], from.Addr().AsSlice())
	copy(b[16:], to.Addr().AsSlice())
	binary.BigEndian.PutUint16(b[20:], from.Port())
	binary.BigEndian.PutUint16(b[22:], to.Port())
	binary.BigEndian.PutUint16(b[24:], uint16(8+len(text))) // the UDP checksum may be left out
	if err := unix.Sendto(f.fd, b, 0, &unix.SockaddrInet4{Addr: to.Addr().As4()}); err != nil {
		f.t.Fatal(err)
	}
}
