package listen_test

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"netsim/nodes"
	"netsim/nodes/listen"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{listen.Program()}) }

func start(t *testing.T, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, listen.Program(), append([]string{"listen", "udp", "--port", "0"}, flags...)...)
}

// send sends to the listener's port. Of 127.0.0.0/8, which loopback has, the last address
// is a broadcast address.
func send(t *testing.T, s *nodestest.Server, to string, texts ...string) {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	port, _ := strconv.Atoi(s.Text("port"))
	for _, text := range texts {
		if _, err := c.WriteTo([]byte(text), &net.UDPAddr{IP: net.ParseIP(to), Port: port}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMessage(t *testing.T) {
	s := start(t)
	for _, tt := range []struct{ to, kind string }{{"127.0.0.1", "unicast"}, {"127.0.0.2", "unicast"}, {"127.255.255.255", "broadcast"}} {
		send(t, s, tt.to, "你好")
		e := s.Await("message")
		if e["from"] != "127.0.0.1" || e["to"] != tt.to || e["kind"] != tt.kind || e["interface"] != "lo" || e["text"] != "你好" || e["bytes"] != 6.0 {
			t.Errorf("sent to %s, told %v", tt.to, e)
		}
	}
	if o := s.Stop(); o.Status != nodes.Worked || o.Number("messages") != 3 || o.Number("bytes") != 18 || o.Number("ignored") != 0 {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
}

func TestCountEndsIt(t *testing.T) {
	s := start(t, "--count", "2")
	send(t, s, "127.0.0.1", "one", "", "three")
	if o := s.Wait(); o.Status != nodes.Worked || o.Number("messages") != 2 || o.Number("bytes") != 3 {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
}

func TestTimeEndsIt(t *testing.T) {
	if o := start(t, "--for", "10ms").Wait(); o.Status != nodes.Worked || o.Number("messages") != 0 {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
}

func TestEventsAreBounded(t *testing.T) {
	s := start(t, "--limit", "2", "--count", "5")
	send(t, s, "127.0.0.1", "1", "2", "3", "4", "5")
	o := s.Wait()
	if o.Number("messages") != 5 || o.Number("withheld") != 3 || len(o.Events) != 4 { // ready, two messages, the result
		t.Errorf("%d events, %v", len(o.Events), o.Result)
	}
}

func TestLongTextIsCutBetweenCharacters(t *testing.T) {
	s := start(t, "--count", "1")
	send(t, s, "127.0.0.1", strings.Repeat("长", 2000))
	e := s.Await("message")
	text := e["text"].(string)
	if len(text) > 4096 || len(text) < 4090 || !utf8.ValidString(text) || e["bytes"] != 6000.0 {
		t.Errorf("%d of %v bytes", len(text), e["bytes"])
	}
	if o := s.Wait(); o.Number("cut") != 1 || o.Number("bytes") != 6000 {
		t.Errorf("got %v", o.Result)
	}
}

// Of bytes that are no text something is told all the same, when they are cut too.
func TestLongBytesThatAreNoText(t *testing.T) {
	s := start(t, "--count", "1")
	send(t, s, "127.0.0.1", strings.Repeat("\x80", 5000))
	if text := s.Await("message")["text"].(string); strings.Trim(text, "\uFFFD") != "" || text == "" {
		t.Errorf("got %.60q", text)
	}
}

func TestWithAGroupNothingElseIsHeard(t *testing.T) {
	s := start(t, "--group", "239.1.1.9", "--interface", "lo", "--count", "1")
	send(t, s, "127.0.0.1", "for you alone")
	send(t, s, "127.255.255.255", "for all")
	sendGroup(t, s.Text("port"), "239.1.1.9", "for the group")
	if e := s.Await("message"); e["text"] != "for the group" || e["kind"] != "multicast" || e["to"] != "239.1.1.9" {
		t.Errorf("got %v", e)
	}
	if o := s.Wait(); o.Number("messages") != 1 || o.Number("ignored") != 2 {
		t.Errorf("got %v", o.Result)
	}
}

// Two members on one node both hear; one of another group on the same port does not.
func TestGroupsOnOneNode(t *testing.T) {
	first := start(t, "--group", "239.1.1.10", "--interface", "lo")
	member := func(group string) *nodestest.Server {
		return nodestest.Start(t, listen.Program(), "listen", "udp", "--port", first.Text("port"), "--group", group, "--interface", "lo")
	}
	second, stranger := member("239.1.1.10"), member("239.1.1.11")
	sendGroup(t, first.Text("port"), "239.1.1.10", "hello")
	sendGroup(t, first.Text("port"), "239.1.1.11", "strangers")
	for _, s := range []*nodestest.Server{first, second} {
		if e := s.Await("message"); e["text"] != "hello" {
			t.Errorf("got %v", e)
		}
	}
	if e := stranger.Await("message"); e["text"] != "strangers" {
		t.Errorf("the stranger got %v", e)
	}
}

func TestWrong(t *testing.T) {
	s := start(t)
	tests := []struct {
		flags  []string
		word   nodes.Word
		status int
		says   string
	}{
		{[]string{"--port", s.Text("port")}, nodes.AddressInUse, nodes.NotDone, "address already in use"},
		{[]string{"--group", "10.1.0.1"}, nodes.Failed, nodes.Misused, `listen udp: --group: not an IPv4 multicast address: "10.1.0.1"`},
		{[]string{"--group", "ff02::1"}, nodes.Failed, nodes.Misused, `"ff02::1"`},
		{[]string{"--interface", "nothing0"}, nodes.NotFound, nodes.NotDone, `no interface "nothing0"; there are lo`},
	}
	for _, tt := range tests {
		o := nodestest.Run(t, listen.Program(), append([]string{"listen", "udp"}, tt.flags...)...)
		if o.Error() != tt.word || o.Status != tt.status || !strings.Contains(o.Stderr, tt.says) {
			t.Errorf("%q: %d %v %s", tt.flags, o.Status, o.Error(), o.Stderr)
		}
	}
}
