package wire_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netsim/topology"
)

// in is a link of bob that is impaired towards him.
func in(i topology.Impairment) map[string]topology.Link {
	return map[string]topology.Link{"bob": {In: i}}
}

// ledger is what bob's link has done to packets for a cause.
func (l *lan) ledger(cause topology.Cause, faults []topology.Fault) []uint64 {
	var all []uint64
	for _, f := range faults {
		if f.Cause == cause && f.Node == "bob" && f.Flow.Protocol == "udp" {
			all = append(all, f.Packets...)
		}
	}
	return all
}

func TestPacketsByNumberAreDropped(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{Drop: topology.Drop{Numbers: []uint64{3, 7}}}))
	bob := l.nodes["bob"].listen(7)
	alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
	send(t, alice, 10, 100, time.Millisecond)
	if lost := missing(receive(bob, 200*time.Millisecond), 10); !slices.Equal(lost, []uint64{3, 7}) {
		t.Errorf("lost %v, want 3 and 7", lost)
	}
}

// What the ledger says and what the receiver saw agree packet by packet, whatever the link does.
func TestLedgerAndReceiverAgree(t *testing.T) {
	const n = 2000
	for name, i := range map[string]topology.Impairment{
		"loss":      {Loss: topology.Loss{Rate: 0.1}},
		"bursts":    {Loss: topology.Loss{Rate: 0.05, Burst: 5}},
		"drop":      {Drop: topology.Drop{Count: 10, Of: 100}},
		"corrupt":   {Corrupt: 0.05},
		"duplicate": {Duplicate: 0.05},
		"reorder":   {Reorder: 0.05},
		"queue":     {Rate: 1_000_000, Queue: 10},
		"all": { // but corruption: a packet that overtakes another must be seen to arrive
			Loss: topology.Loss{Rate: 0.02}, Drop: topology.Drop{Numbers: []uint64{5, 6, 7}}, Duplicate: 0.02, Reorder: 0.02,
			Delay: 5 * time.Millisecond, Jitter: 2 * time.Millisecond, Rate: 2_000_000, Queue: 100,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLAN(t, 7, in(i))
			bob := l.nodes["bob"].listen(7)
			alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
			send(t, alice, n, 200, 500*time.Microsecond)
			agree(t, l, receive(bob, 500*time.Millisecond), n, i.Reorder > 0)
		})
	}
}

func agree(t testing.TB, l *lan, got []uint64, n int, reorders bool) {
	t.Helper()
	faults := l.panel.Faults()
	var gone []uint64
	for _, cause := range []topology.Cause{topology.Lost, topology.Dropped, topology.QueueFull, topology.Corrupted, topology.Overrun} {
		gone = append(gone, l.ledger(cause, faults)...)
	}
	slices.Sort(gone)
	if lost := missing(got, n); !slices.Equal(lost, slices.Compact(gone)) {
		t.Errorf("the receiver misses %v, the ledger says %v", lost, gone)
	}
	twice := l.ledger(topology.Duplicated, faults)
	twice = slices.DeleteFunc(twice, func(k uint64) bool { return slices.Contains(gone, k) }) // corrupted twice
	if saw := repeated(got); !slices.Equal(saw, twice) {
		t.Errorf("the receiver has %v twice, the ledger says %v", saw, twice)
	}
	overtaken := l.ledger(topology.Reordered, faults)
	overtaken = slices.DeleteFunc(overtaken, func(k uint64) bool { return slices.Contains(gone, k) })
	if saw := behind(got); reorders && !slices.Equal(saw, overtaken) {
		t.Errorf("the receiver saw %v overtaken, the ledger says %v", saw, overtaken)
	}
	if len(gone)+len(twice)+len(overtaken) == 0 {
		t.Error("nothing happened")
	}
}

// repeated are the numbers that came twice, ascending.
func repeated(got []uint64) []uint64 {
	seen, twice := map[uint64]bool{}, []uint64(nil)
	for _, k := range got {
		if seen[k] {
			twice = append(twice, k)
		}
		seen[k] = true
	}
	slices.Sort(twice)
	return twice
}

// behind are the numbers that came after a greater one, ascending.
func behind(got []uint64) []uint64 {
	var most uint64
	var late []uint64
	seen := map[uint64]bool{}
	for _, k := range got {
		if k < most && !seen[k] {
			late = append(late, k)
		}
		seen[k] = true
		most = max(most, k)
	}
	slices.Sort(late)
	return late
}

// Corrupted packets reach the receiver, and its kernel throws them away.
func TestTheKernelNoticesCorruption(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{Corrupt: 1}))
	bob := l.nodes["bob"].listen(7)
	send(t, l.nodes["alice"].dial(l.nodes["bob"], 7), 20, 100, time.Millisecond)
	if got := receive(bob, 200*time.Millisecond); len(got) > 0 {
		t.Errorf("%d corrupted packets reached the program", len(got))
	}
	if n := udpChecksumErrors(t, l.nodes["bob"]); n != 20 {
		t.Errorf("bob's kernel counts %d wrong checksums, want 20", n)
	}
}

// udpChecksumErrors reads InCsumErrors of the host's /proc/net/snmp.
func udpChecksumErrors(t testing.TB, h *host) int {
	t.Helper()
	count := -1
	h.do(func() error {
		text, err := os.ReadFile("/proc/thread-self/net/snmp")
		var lines [][]string
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "Udp:") {
				lines = append(lines, strings.Fields(line))
			}
		}
		if len(lines) == 2 {
			count, err = strconv.Atoi(lines[1][slices.Index(lines[0], "InCsumErrors")])
		}
		return err
	})
	return count
}

// Each receiver of a broadcast loses its own.
func TestReceiversOfABroadcastLoseTheirOwn(t *testing.T) {
	some := topology.Link{In: topology.Impairment{Loss: topology.Loss{Rate: 0.3}}}
	l := newLAN(t, 1, map[string]topology.Link{"bob": some, "carol": some})
	bob, carol := l.nodes["bob"].listen(7), l.nodes["carol"].listen(7)
	var alice net.Conn
	l.nodes["alice"].do(func() (err error) {
		alice, err = net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(10, 1, 0, 255), Port: 7})
		return err
	})
	defer alice.Close()
	send(t, alice, 100, 100, time.Millisecond)
	atBob, atCarol := missing(receive(bob, 200*time.Millisecond), 100), missing(receive(carol, 200*time.Millisecond), 100)
	if len(atBob) == 0 || len(atCarol) == 0 || slices.Equal(atBob, atCarol) {
		t.Errorf("bob lost %v, carol %v", atBob, atCarol)
	}
	if said := l.ledger(topology.Lost, l.panel.Faults()); !slices.Equal(said, atBob) {
		t.Errorf("bob lost %v, the ledger says %v", atBob, said)
	}
}

// A super-packet of UDP_SEGMENT (udp(7)) is the packets that it would be on a real wire.
func TestSegmentsOfASuperPacketAreLostOneByOne(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{Drop: topology.Drop{Numbers: []uint64{3, 9, 10}}}))
	bob := l.nodes["bob"].listen(7)
	alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
	raw, err := alice.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT, 100) }))
	must(t, err)
	super := make([]byte, 950) // 9 segments of 100 bytes and one of 50
	for i := range 10 {
		binary.BigEndian.PutUint32(super[i*100:], uint32(i+1))
	}
	_, err = alice.Write(super)
	must(t, err)
	if lost := missing(receive(bob, 200*time.Millisecond), 10); !slices.Equal(lost, []uint64{3, 9, 10}) {
		t.Errorf("lost %v, want 3, 9 and 10", lost)
	}
}

// Other traffic on the link, ARP among it, does not change what a flow loses.
func TestOtherTrafficChangesNothing(t *testing.T) {
	var first []uint64
	for round := range 3 {
		l := newLAN(t, 5, in(topology.Impairment{Loss: topology.Loss{Rate: 0.1}}))
		bob := l.nodes["bob"].listen(7)
		if round > 0 {
			defer background(t, l.nodes["carol"], l.nodes["bob"], 3000*round)()
		}
		send(t, l.nodes["alice"].dial(l.nodes["bob"], 7), 500, 100, time.Millisecond)
		lost := missing(receive(bob, 200*time.Millisecond), 500)
		if round == 0 {
			first = lost
		}
		if len(lost) == 0 || !slices.Equal(lost, first) {
			t.Errorf("round %d lost %v, the first one %v", round, lost, first)
		}
	}
}

// A TCP stream survives what is done to its link while it flows: a wire laid under it, every kind of
// impairment, the cable pulled, and the kernel's path again.
func TestAStreamSurvivesChanges(t *testing.T) {
	l := newLAN(t, 1, nil)
	var server net.Listener
	l.nodes["bob"].do(func() (err error) { server, err = net.Listen("tcp4", ":9"); return err })
	defer server.Close()
	sum := make(chan []byte)
	go func() {
		c, err := server.Accept()
		if err != nil {
			return
		}
		h := sha256.New()
		io.Copy(h, c)
		sum <- h.Sum(nil)
	}()
	var c net.Conn
	l.nodes["alice"].do(func() (err error) {
		c, err = net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(netip.AddrPortFrom(l.nodes["bob"].address, 9)))
		return err
	})
	want, stop := sha256.New(), make(chan struct{})
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		block := make([]byte, 64<<10)
		for i := uint64(0); ; i++ {
			binary.BigEndian.PutUint64(block, i)
			select {
			case <-stop:
				c.Close()
				return
			default:
			}
			if _, err := c.Write(block); err != nil {
				t.Error(err)
				return
			}
			want.Write(block)
		}
	}()
	for _, link := range []topology.Link{
		topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 0.01}}),
		{},
		topology.Both(topology.Impairment{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond}),
		topology.Both(topology.Impairment{Corrupt: 0.01, Duplicate: 0.01, Reorder: 0.01}),
		{Down: true},
		topology.Both(topology.Impairment{Rate: 50_000_000, Queue: 50}),
		{},
	} {
		time.Sleep(200 * time.Millisecond)
		must(t, l.panel.Set("bob", "lan", link))
	}
	time.Sleep(200 * time.Millisecond)
	close(stop)
	<-sent
	select {
	case got := <-sum:
		if !bytes.Equal(got, want.Sum(nil)) {
			t.Error("the stream arrived changed")
		}
	case <-time.After(20 * time.Second):
		t.Error("the stream does not end")
	}
}

// A link that is down lets nothing pass, ARP neither; addresses and routes are there when it is up again.
func TestDownAndUp(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{}))
	bob := l.nodes["bob"].listen(7)
	alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
	for _, down := range []bool{false, true, false} {
		must(t, l.panel.Set("bob", "lan", topology.Link{Down: down}))
		send(t, alice, 5, 100, time.Millisecond)
		got := receive(bob, 200*time.Millisecond)
		if down && len(got) != 0 || !down && len(got) != 5 {
			t.Errorf("down %v: %d of 5 arrived", down, len(got))
		}
	}
	if said := l.ledger(topology.LinkDown, l.panel.Faults()); len(said) < 5 {
		t.Errorf("the ledger says %v", said)
	}
}

// A partition keeps back what comes from the other side, and nothing else.
func TestPartition(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{}))
	bob := l.nodes["bob"].listen(7)
	must(t, l.panel.Set("bob", "lan", topology.Link{Refuse: topology.Refusal{
		From: []netip.Addr{l.nodes["alice"].address}, To: []netip.Addr{l.nodes["bob"].address},
	}}))
	send(t, l.nodes["alice"].dial(l.nodes["bob"], 7), 5, 100, time.Millisecond)
	if got := receive(bob, 200*time.Millisecond); len(got) != 0 {
		t.Errorf("alice reached bob: %v", got)
	}
	send(t, l.nodes["carol"].dial(l.nodes["bob"], 7), 5, 100, time.Millisecond)
	if got := receive(bob, 200*time.Millisecond); len(got) != 5 {
		t.Errorf("carol did not reach bob: %v", got)
	}
	if said := l.ledger(topology.Partition, l.panel.Faults()); !slices.Equal(said, []uint64{1, 2, 3, 4, 5}) {
		t.Errorf("the ledger says %v", said)
	}
}

// A wire can be laid on each link of a network, and all of it goes with the panel.
func TestCounters(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{Drop: topology.Drop{Numbers: []uint64{2}}}))
	l.nodes["bob"].listen(7)
	send(t, l.nodes["alice"].dial(l.nodes["bob"], 7), 10, 100, time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	at := state(t, l, "bob")
	if at.In.Packets < 10 || at.In.Bytes < 10*142 || at.In.Faults[topology.Dropped] != 1 {
		t.Errorf("bob's link: %+v", at)
	}
	if at := state(t, l, "alice"); at.Out.Packets < 10 {
		t.Errorf("alice's link: %+v", at)
	}
}

// Switching a wire on and off under a flow loses nothing, and hardly anything passes twice: more while the
// kernel is busy with other namespaces.
func TestSwitchingLosesNothing(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{}))
	bob := l.nodes["bob"].listen(7)
	alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
	const n = 3000
	go func() {
		for i := range 10 {
			time.Sleep(50 * time.Millisecond)
			link := topology.Link{}
			if i%2 == 0 {
				link.In.Duplicate = 1e-12 // as good as nothing, but the pump's
			}
			if err := l.panel.Set("bob", "lan", link); err != nil {
				t.Error(err)
			}
		}
	}()
	send(t, alice, n, 100, 200*time.Microsecond)
	got := receive(bob, 200*time.Millisecond)
	if lost := missing(got, n); len(lost) > 0 {
		t.Errorf("lost %v", lost)
	}
	if twice := repeated(got); len(twice) > n/10 {
		t.Errorf("%d packets came twice", len(twice))
	}
}

// What waits for a slow line, or is on a long cable, goes by the new setting once there is one, and
// what comes behind it does not wait for the old one.
func TestWhatIsUnderWayGoesByTheNewSetting(t *testing.T) {
	for name, change := range map[string][2]topology.Impairment{
		"rate":        {{Rate: 50_000, Queue: 1000}, {Rate: 50_000_000, Queue: 1000}},
		"rate is off": {{Rate: 50_000, Queue: 1000}, {Duplicate: 1e-12}},
		"delay":       {{Delay: 20 * time.Second}, {Delay: time.Millisecond}},
		"both":        {{Rate: 50_000, Delay: 20 * time.Second}, {Rate: 50_000_000, Delay: time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLAN(t, 1, in(change[0]))
			bob := l.nodes["bob"].listen(7)
			alice := l.nodes["alice"].dial(l.nodes["bob"], 7)
			send(t, alice, 50, 1000, 200*time.Microsecond)
			time.Sleep(20 * time.Millisecond)
			must(t, l.panel.Set("bob", "lan", topology.Link{In: change[1]}))
			alice.Write([]byte{0, 0, 0, 51})
			got := receive(bob, 300*time.Millisecond)
			if len(got) != 51 || !slices.IsSorted(got) {
				t.Errorf("of 51 packets came %v", got)
			}
		})
	}
}

// A frame of a VLAN (IEEE 802.1Q) has its tag behind the wire too, although the kernel takes it out before
// packet sockets see the frame.
func TestTagsOfVLANsStay(t *testing.T) {
	l := newLAN(t, 1, in(topology.Impairment{Delay: time.Millisecond}))
	var sender, receiver int
	open := func(h *host, fd *int) {
		h.do(func() (err error) {
			if *fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0x0300); err != nil {
				return err
			}
			eth0, err := net.InterfaceByName("eth0")
			if err != nil {
				return err
			}
			return errors.Join(unix.SetsockoptInt(*fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1),
				unix.Bind(*fd, &unix.SockaddrLinklayer{Protocol: 0x0300, Ifindex: eth0.Index}))
		})
		t.Cleanup(func() { unix.Close(*fd) })
	}
	open(l.nodes["alice"], &sender)
	open(l.nodes["bob"], &receiver)
	frame := append(bytes.Repeat([]byte{0xff}, 6), 2, 0, 10, 1, 0, 1, 0x81, 0, 0, 5, 0x88, 0xb5, 'h', 'e', 'l', 'l', 'o')
	_, err := unix.Write(sender, frame)
	must(t, err)
	must(t, unix.SetsockoptTimeval(receiver, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 2}))
	data, control := make([]byte, 2048), make([]byte, 128)
	for {
		n, k, _, _, err := unix.Recvmsg(receiver, data, control, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			t.Fatal("the frame did not come: ", err)
		}
		if !bytes.HasSuffix(data[:n], []byte("hello")) {
			continue
		}
		messages, err := unix.ParseSocketControlMessage(control[:k])
		must(t, err)
		if tag := binary.NativeEndian.Uint16(messages[0].Data[16:]); tag != 5 {
			t.Errorf("the tag is %d, want 5", tag)
		}
		return
	}
}
