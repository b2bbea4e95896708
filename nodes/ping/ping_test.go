package ping_test

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/ping"
)

// needSocket skips where neither kind of socket is open to this user.
func needSocket(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("ping runs on Linux only")
	}
	o := nodestest.Run(t, ping.Program(), "ping", "127.0.0.1", "--count", "1")
	if o.Error() == nodes.Denied && os.Getuid() != 0 {
		t.Skip(o.Stderr)
	}
}

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{ping.Program()}) }

func TestOwnAddressAnswers(t *testing.T) {
	needSocket(t)
	o := nodestest.Run(t, ping.Program(), "ping", "127.0.0.1", "--count", "3", "--interval", "1ms", "--ttl", "17")
	if o.Status != nodes.Worked || o.Number("sent") != 3 || o.Number("received") != 3 || o.Number("lost") != 0 || o.Number("loss") != 0 {
		t.Fatalf("got %v %s", o.Result, o.Stderr)
	}
	if o.Number("ttl") < 1 {
		t.Errorf("ttl %v", o.Result["ttl"])
	}
	if from := o.Result["from"].([]any); !slices.Equal(from, []any{"127.0.0.1"}) {
		t.Errorf("from %v", from)
	}
	least, mean, most := o.Number("rtt", "min"), o.Number("rtt", "avg"), o.Number("rtt", "max")
	if least <= 0 || least > mean || mean > most {
		t.Errorf("rtt %v", o.Result["rtt"])
	}
	if len(o.Events) != 4 {
		t.Errorf("%d events, want three replies and the result", len(o.Events))
	}
}

// A request of the largest size goes out in fragments and comes back whole; an empty
// one has no data at all.
func TestSizes(t *testing.T) {
	needSocket(t)
	for _, size := range []string{"0", "1", "1473", "65507"} {
		o := nodestest.Run(t, ping.Program(), "ping", "localhost", "--count", "1", "--size", size)
		if o.Number("received") != 1 {
			t.Errorf("size %s: %v %s", size, o.Result, o.Stderr)
		}
	}
}

func TestUnknownHost(t *testing.T) {
	o := nodestest.Run(t, ping.Program(), "ping", "no-such-host.invalid")
	if o.Status != nodes.NotDone || o.Error() != nodes.NotFound || o.Number("sent") != 0 || o.Number("rtt", "avg") != 0 {
		t.Errorf("got %d %v", o.Status, o.Result)
	}
	if !strings.HasPrefix(o.Stderr, `ping: not found: no host "no-such-host.invalid"`) {
		t.Errorf("says %q", o.Stderr)
	}
}

// A broadcast address needs --broadcast: the kernel refuses to send, and that has a name.
func TestBroadcastWithoutFlag(t *testing.T) {
	needSocket(t)
	o := nodestest.Run(t, ping.Program(), "ping", "127.255.255.255", "--count", "2", "--interval", "0s", "--wait-error", "1ms", "--timeout", "1ms")
	if o.Status != nodes.NotDone || o.Error() != nodes.Denied || o.Number("received") != 0 || o.Number("loss") != 1 {
		t.Errorf("got %v", o.Result)
	}
	if o.Result["unreachable_from"] != "" {
		t.Errorf("this node's own refusal came from %v", o.Result["unreachable_from"])
	}
}
