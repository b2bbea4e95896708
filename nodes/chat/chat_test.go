package chat_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/chat"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{chat.Program()}) }

func serve(t *testing.T, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, chat.Program(), append([]string{"chat", "serve", "--port", "0"}, flags...)...)
}

func join(t *testing.T, room *nodestest.Server, name string, flags ...string) *nodestest.Server {
	t.Helper()
	line := append([]string{"chat", "join", "127.0.0.1", "--port", room.Text("port"), "--name", name}, flags...)
	return nodestest.Start(t, chat.Program(), line...)
}

// visitor is a member that is no program of ours: a plain socket.
type visitor struct {
	*net.UDPConn
	t *testing.T
}

func visit(t *testing.T, room *nodestest.Server, from string) visitor {
	t.Helper()
	server := netip.MustParseAddrPort(homeOf(from) + ":" + room.Text("port"))
	c, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from+":0")), net.UDPAddrFromAddrPort(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return visitor{c, t}
}

func (v visitor) says(text string) {
	v.t.Helper()
	if _, err := v.Write([]byte(text)); err != nil {
		v.t.Fatal(err)
	}
}

func (v visitor) hears(want string) {
	v.t.Helper()
	b := make([]byte, 1<<16)
	n, err := v.Read(b)
	if err != nil || string(b[:n]) != want {
		v.t.Fatalf("heard %.100q, %v; want %.100q", b[:n], err, want)
	}
}

// enters joins and waits until the room knows.
func (v visitor) enters(room *nodestest.Server, name string) {
	v.t.Helper()
	v.says(name)
	room.Await("joined")
}

// The formats, byte for byte.
func TestRoomSpeaksToPlainSockets(t *testing.T) {
	room := serve(t)
	alice, bob := visit(t, room, "127.0.0.1"), visit(t, room, "127.0.0.1")
	alice.enters(room, "alice")
	bob.enters(room, "小明")
	alice.hears("小明 进入聊天室...")
	alice.says("alice : 你好")
	bob.hears("alice : 你好")
	bob.says("\xff\xfe")
	bob.says("小明 : the exit is left")
	alice.hears("小明 : the exit is left")
	bob.says("小明 : Exit")
	alice.hears("小明 离开了聊天室...")
	o := room.Stop()
	for name, want := range map[string]float64{"joined": 2, "left": 1, "members": 1, "most": 2, "messages": 2, "sent": 4} {
		if o.Number(name) != want {
			t.Errorf("%s is %v, want %v", name, o.Number(name), want)
		}
	}
	if o.Status != nodes.Worked || o.Number("dropped", "garbled") != 1 {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
}

func TestTwoMembersTalk(t *testing.T) {
	room := serve(t)
	alice := join(t, room, "alice")
	room.Await("joined")
	bob := join(t, room, "bob")
	alice.Await("joined")
	alice.Send("hello, " + strings.Repeat("很长", 400))
	var text string
	for range 3 {
		e := bob.Await("message")
		if e["from"] != "alice" {
			t.Fatalf("got %v", e)
		}
		text += fmt.Sprint(e["text"])
	}
	if text != "hello, "+strings.Repeat("很长", 400) {
		t.Errorf("heard %.60q…", text)
	}
	bob.Send("/help")
	bob.Send("hi")
	if e := alice.Await("message"); e["text"] != "hi" {
		t.Errorf("got %v", e)
	}
	bob.CloseInput()
	if o := bob.Wait(); o.Status != nodes.Worked || o.Number("sent") != 1 || o.Number("received") != 3 {
		t.Errorf("bob: %d %v", o.Status, o.Result)
	}
	if e := alice.Await("left"); e["name"] != "bob" {
		t.Errorf("got %v", e)
	}
	alice.Stop()
	if e := room.Await("left"); e["reason"] != "exit" {
		t.Errorf("got %v", e)
	}
}

// The well-known server takes every message with the word in it for a farewell, and the next
// one for a name. Its members live on.
func TestMemberOfAServerThatIsWrong(t *testing.T) {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	alice := nodestest.Start(t, chat.Program(), "chat", "join", "127.0.0.1", "--port", port, "--name", "alice")
	b := make([]byte, 2048)
	for _, line := range []string{"", "the exit is left", "still here"} {
		want := "alice : " + line
		if line == "" {
			want = "alice"
		} else {
			alice.Send(line)
		}
		n, from, err := c.ReadFrom(b)
		if err != nil || string(b[:n]) != want {
			t.Fatalf("the server got %q, %v", b[:n], err)
		}
		for _, odd := range []string{"alice : still here 进入聊天室...", "\xff", "", " : "} {
			c.WriteTo([]byte(odd), from)
		}
	}
	for range 9 {
		alice.Await("message")
	}
	if o := alice.Stop(); o.Status != nodes.Worked || o.Number("garbled") != 3 || o.Number("received") != 9 {
		t.Errorf("got %d %v %s", o.Status, o.Result, o.Stderr)
	}
}

func TestNobodyAtThePort(t *testing.T) {
	room := serve(t)
	port := room.Text("port")
	room.Stop()
	alice := nodestest.Start(t, chat.Program(), "chat", "join", "127.0.0.1", "--port", port, "--name", "alice")
	if o := alice.Wait(); o.Error() != nodes.Refused {
		t.Errorf("got %v", o.Result)
	}
}

func TestWhoVanishesHasLeft(t *testing.T) {
	room := serve(t, "--idle", "400ms")
	alice, bob := visit(t, room, "127.0.0.1"), visit(t, room, "127.0.0.1")
	alice.enters(room, "alice")
	bob.enters(room, "bob")
	bob.Close()
	alice.says("alice : anybody?") // bob's port refuses it
	if e := room.Await("left"); e["name"] != "bob" || e["reason"] != "unreachable" {
		t.Errorf("got %v", e)
	}
	alice.hears("bob 进入聊天室...")
	alice.hears("bob 离开了聊天室...")
	if e := room.Await("left"); e["name"] != "alice" || e["reason"] != "idle" {
		t.Errorf("got %v", e)
	}
}

func TestSignsOfLife(t *testing.T) {
	room := serve(t, "--idle", "500ms")
	alice := join(t, room, "alice", "--keepalive", "50ms")
	bob := visit(t, room, "127.0.0.1")
	bob.enters(room, "bob")
	if e := room.Await("left"); e["name"] != "bob" {
		t.Errorf("%v has left, who gave signs of life", e["name"])
	}
	if e := alice.Await("left"); e["name"] != "bob" {
		t.Errorf("got %v", e)
	}
}

// What comes from strangers costs those inside nothing, and is told.
func TestGarbage(t *testing.T) {
	room := serve(t, "--members", "2")
	alice, bob, mallory := visit(t, room, "127.0.0.1"), visit(t, room, "127.0.0.1"), visit(t, room, "127.0.0.1")
	alice.enters(room, "alice")
	bob.enters(room, "bob")
	alice.hears("bob 进入聊天室...")
	for _, x := range []string{"\xff", "", "\x00", "a\nb", "mallory", strings.Repeat("x", 65000), "mallory : exit"} {
		mallory.says(x)
		alice.says("alice : after " + x[:min(1, len(x))])
	}
	for range 6 { // one was not UTF-8
		b := make([]byte, 2048)
		if n, err := bob.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), "alice : after") {
			t.Fatalf("bob heard %q, %v", b[:n], err)
		}
	}
	o := room.Stop()
	for name, want := range map[string]float64{"garbled": 2, "nameless": 4, "full": 2} {
		if got := o.Number("dropped", name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	told := 0
	for _, e := range o.Events {
		if e["event"] == "dropped" {
			told++
		}
	}
	if told != 2+3+2 { // the 1st, 2nd and 4th time of each
		t.Errorf("told %d times of what was dropped\n%s", told, o.Stderr)
	}
}

// A room that has ended can be opened again on its port at once; members of before are
// strangers to it.
func TestRestart(t *testing.T) {
	room := serve(t)
	alice := visit(t, room, "127.0.0.1")
	for range 3 {
		alice.enters(room, "alice")
		port := room.Text("port")
		room.Stop()
		room = nodestest.Start(t, chat.Program(), "chat", "serve", "--port", port)
	}
}

func TestWrongNames(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("x", 65), "a\nb", "a : b", "\xff"} {
		o := nodestest.RunInput(t, chat.Program(), "", "chat", "join", "127.0.0.1", "--name", name)
		if o.Status != nodes.Misused || !strings.Contains(o.Stderr, "--name") {
			t.Errorf("%q: %d %s", name, o.Status, o.Stderr)
		}
	}
}

// homeOf is the room's address as a visitor from that address sees it.
func homeOf(from string) string {
	if strings.HasPrefix(from, "127.") {
		return "127.0.0.1"
	}
	return "10.9.0.1"
}
