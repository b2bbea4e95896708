package chat

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

var start = time.Unix(1_000_000, 0)

func testLimits() limits {
	return limits{members: 10, perAddress: 3, idle: time.Minute, rate: 10, burst: 20, silent: 100}
}

func testRoom(l limits) *room {
	return newRoom(l, &dropped{count: map[reason]uint64{}, tell: func(nodes.Values) {}}, openNothing)
}

func openNothing(netip.Addr) (*datagram.Outlet, error) { return nil, nil }

// peer is the n-th port of the address 10.0.x.y.
func peer(address, n int) datagram.Origin {
	a := netip.AddrFrom4([4]byte{10, 0, byte(address >> 8), byte(address)})
	return datagram.Origin{From: netip.AddrPortFrom(a, uint16(40000+n))}
}

func (r *room) hears(from datagram.Origin, text string, after time.Duration) string {
	n := r.take(from, []byte(text), start.Add(after))
	if n.event == "" {
		return ""
	}
	return n.event + " " + string(n.out)
}

func TestMembership(t *testing.T) {
	r := testRoom(testLimits())
	alice, bob := peer(1, 0), peer(2, 0)
	for _, x := range []struct {
		from datagram.Origin
		text string
		want string
	}{
		{alice, "alice", "joined alice 进入聊天室..."},
		{bob, "bob", "joined bob 进入聊天室..."},
		{alice, "alice : hello", "message alice : hello"},
		{alice, "no name before it", "message no name before it"},
		{alice, "", ""},
		{alice, "\xff\xfe", ""},
		{alice, "alice : the exit is left", "message alice : the exit is left"},
		{alice, "alice : EXIT", "left alice 离开了聊天室..."},
		{alice, "alice : EXIT", ""}, // which the network has doubled
		{alice, "alice", "joined alice 进入聊天室..."},
		{bob, "bob : exit", "left bob 离开了聊天室..."},
	} {
		if got := r.hears(x.from, x.text, 0); got != x.want {
			t.Errorf("%q: %q, want %q", x.text, got, x.want)
		}
	}
	if len(r.all) != 1 || r.joined != 3 || r.left != 2 || r.most != 2 || r.messages != 3 {
		t.Errorf("%d members, %d joined, %d left, %d at most, %d messages", len(r.all), r.joined, r.left, r.most, r.messages)
	}
}

func TestLongOnesAreCut(t *testing.T) {
	r := testRoom(testLimits())
	if got := r.hears(peer(1, 0), strings.Repeat("你", 30), 0); got != "joined "+strings.Repeat("你", 21)+hasJoined {
		t.Errorf("got %q", got)
	}
	got := r.take(peer(1, 0), []byte(strings.Repeat("你", maxMessage)), start)
	if len(got.out) != maxMessage/3*3 || !utf8.Valid(got.out) {
		t.Errorf("%d bytes", len(got.out))
	}
	if n := r.dropped.count[cut]; n != 2 {
		t.Errorf("%d cut", n)
	}
}

// However many sources there are, and whatever they send, members stay within the bounds,
// and so does what a room remembers.
func TestStrangersAreBounded(t *testing.T) {
	r := testRoom(testLimits())
	for i := range 10_000 {
		r.take(peer(i/100, i%100), fmt.Appendf(nil, "forged %d", i), start)
	}
	if len(r.all) != 10 || len(r.byPeer) != 10 || len(r.at) != 4 {
		t.Errorf("%d members, %d known, from %d addresses", len(r.all), len(r.byPeer), len(r.at))
	}
	// 3 of each of the first three addresses, 1 of the fourth; then the room is full.
	if d := r.dropped.count; d[crowded] != 3*97 || d[full] != 10_000-10-3*97 {
		t.Errorf("dropped %v", d)
	}
	if r.expire(start.Add(time.Minute - 1)); len(r.all) != 10 {
		t.Error("they are gone too early")
	}
	if gone := r.expire(start.Add(time.Minute)); len(gone) != 10 || len(r.all)+len(r.byPeer) != 0 {
		t.Errorf("%d of them are gone", len(gone))
	}
	if r.expire(start.Add(2 * time.Minute)); len(r.at) != 0 {
		t.Errorf("%d addresses are still known", len(r.at))
	}
}

func TestRateOfAMember(t *testing.T) {
	r := testRoom(testLimits())
	r.hears(peer(1, 0), "alice", 0)
	passed := 0
	for i := range 300 { // in three seconds
		if r.hears(peer(1, 0), "alice : spam", time.Duration(i)*10*time.Millisecond) != "" {
			passed++
		}
	}
	if passed < 20+29 || passed > 20+30 { // what it may send at once, and 10 a second
		t.Errorf("%d messages passed", passed)
	}
	if got := r.dropped.count[hasty]; got != uint64(300-passed) {
		t.Errorf("%d are told as dropped", got)
	}
}

// Who leaves and comes again has no more to say for that, and cannot come and go as often as it likes.
func TestRateIsNotGotAroundByLeaving(t *testing.T) {
	r := testRoom(testLimits())
	said, joined := 0, 0
	for i := range 2000 { // in two seconds
		at := time.Duration(i) * time.Millisecond
		for _, text := range []string{"alice", "alice : spam", "alice : exit"} {
			switch got := r.hears(peer(1, i%3), text, at); {
			case strings.HasPrefix(got, "joined"):
				joined++
			case strings.HasPrefix(got, "message"):
				said++
			}
		}
	}
	if joined > 2*3+2*joinsOfOne || said > joined {
		t.Errorf("joined %d times, said %d", joined, said)
	}
	if r.dropped.count[hasty] == 0 {
		t.Error("nothing is told as dropped")
	}
}

// All ports of one address together have a rate, too.
func TestRateOfAnAddress(t *testing.T) {
	l := testLimits()
	l.members, l.perAddress = 1000, 500
	r := testRoom(l)
	said := 0
	for i := range 400 {
		r.hears(peer(1, i), "alice", 0)
		for range l.burst {
			if r.hears(peer(1, i), "alice : spam", 0) != "" {
				said++
			}
		}
	}
	if said != burstOfOne*l.burst {
		t.Errorf("said %d at once", said)
	}
}

// A farewell is heard also of who has said too much.
func TestFarewellBeyondTheRate(t *testing.T) {
	r := testRoom(testLimits())
	r.hears(peer(1, 0), "alice", 0)
	for range 100 {
		r.hears(peer(1, 0), "alice : spam", 0)
	}
	if got := r.hears(peer(1, 0), "alice : exit", 0); got != "left alice 离开了聊天室..." {
		t.Errorf("got %q", got)
	}
}

func TestNoSocketLeft(t *testing.T) {
	r := testRoom(testLimits())
	r.open = func(netip.Addr) (*datagram.Outlet, error) { return nil, errors.New("too many open files") }
	if got := r.hears(peer(1, 0), "alice", 0); got != "" || len(r.all)+len(r.byPeer)+len(r.at) != 0 || r.dropped.count[exhausted] != 1 {
		t.Errorf("got %q", got)
	}
}

// What a member is sent that says nothing is bounded until something comes from it; a crowd does not use
// up what those may say who were there before; and nobody is deaf for good.
func TestAllowance(t *testing.T) {
	l := testLimits() // 10 members: parts of 20 for the ranks 0, 1, 2-3, 4-7, 8-9
	a := &allowance{}
	takes := func(rank, size int, at time.Time) (taken int) {
		for range 1000 {
			if a.take(rank, size, l, at) {
				taken++
			}
		}
		return taken
	}
	for _, x := range []struct{ rank, want int }{{9, 20}, {8, 0}, {5, 20}, {4, 0}, {2, 20}, {0, 20}, {1, 20}} {
		if got := takes(x.rank, 10, start); got != x.want {
			t.Errorf("rank %d: %d, want %d", x.rank, got, x.want)
		}
	}
	if got := takes(9, 10, start.Add(3*time.Second)); got != 3*trickle/5 {
		t.Errorf("%d three seconds later", got)
	}
	if got := takes(0, 8<<10, start.Add(time.Minute)); got != 20/8 {
		t.Errorf("%d of 8 KiB", got)
	}
}

func TestRank(t *testing.T) {
	r := testRoom(testLimits())
	var all []*member
	for i := range 5 {
		all = append(all, r.take(peer(i, 0), []byte("x"), start).member)
	}
	r.dismiss(all[1], "exit")
	for i, want := range []int{0, 1, 1, 2, 3} { // the second one was there a moment ago
		if got := r.rank(all[i]); got != want {
			t.Errorf("member %d has rank %d, want %d", i, got, want)
		}
	}
}

func TestUnreachable(t *testing.T) {
	r := testRoom(testLimits())
	alice, bob := peer(1, 0), peer(2, 0)
	r.hears(alice, "alice", 0)
	r.hears(alice, "alice : hello", 0)
	r.hears(bob, "bob", 0)
	for _, x := range []struct {
		who  datagram.Origin
		word nodes.Word
		want string
	}{
		{peer(3, 0), nodes.Refused, ""},      // a stranger
		{alice, nodes.HostUnreachable, ""},   // may come back
		{bob, nodes.HostUnreachable, "left"}, // was never heard
		{alice, nodes.Refused, "left"},       // nobody is at the port
		{alice, nodes.Refused, ""},           // known by then
		{bob, nodes.NetworkUnreachable, ""},  //
		{datagram.Origin{}, nodes.TTLExceeded, ""} /* of nobody */} {
		if n := r.unreachable(datagram.Unreachable{Peer: x.who.From, Word: x.word}); n.event != x.want {
			t.Errorf("%v %s: %q", x.who.From, x.word, n.event)
		}
	}
}

// FuzzRoom: any datagrams from a few sources; the room's books stay right.
func FuzzRoom(f *testing.F) {
	f.Add([]byte("\x00alice\n\x00alice : hi\n\x00alice : exit\n"))    // a whole membership
	f.Add([]byte("\x00alice\n\x01bob\n\x02carol\n\x03dave\n\x04eve")) // more from one address than may be
	f.Add([]byte("\x00\n\x00\n\x05\xff\xff\n\x05exit\n"))             // nothing, garbage, an exit without a name
	f.Add([]byte("\x00a : exit\n\x00a\n\x00a : exit\n\x00a : exit"))  // farewells of nobody and of somebody
	f.Fuzz(func(t *testing.T, script []byte) {
		r := testRoom(testLimits())
		for i, line := range strings.Split(string(script), "\n") {
			if line == "" {
				continue
			}
			from := peer(int(line[0])/4, int(line[0])%4)
			n := r.take(from, []byte(line[1:]), start.Add(time.Duration(i)*time.Second))
			if n.event != "" && (n.member == nil || !utf8.Valid(n.out) || len(n.out) > maxMessage) {
				t.Fatalf("%q: news %+v", line, n)
			}
			total := 0
			for _, o := range r.at {
				total += o.members
				if o.members > 3 || o.members < 0 {
					t.Fatalf("%d members from one address", o.members)
				}
			}
			if len(r.all) != len(r.byPeer) || len(r.all) != total || len(r.all) > 10 || r.joined-r.left != len(r.all) {
				t.Fatalf("%d members, %d known, %d counted; %d joined, %d left", len(r.all), len(r.byPeer), total, r.joined, r.left)
			}
		}
	})
}
