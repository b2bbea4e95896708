package show

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"netsim/nodes"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{Program()}) }

// rows runs one form and returns its table.
func rows(t *testing.T, what string) []map[string]any {
	t.Helper()
	o := nodestest.Run(t, Program(), "show", what)
	if o.Status != nodes.Worked {
		t.Fatalf("show %s: %v %s", what, o.Result, o.Stderr)
	}
	var list []map[string]any
	for _, row := range o.Result[what].([]any) {
		list = append(list, row.(map[string]any))
	}
	return list
}

func has(list []map[string]any, want map[string]any) bool {
	for _, row := range list {
		same := true
		for name, v := range want {
			same = same && fmt.Sprint(row[name]) == fmt.Sprint(v)
		}
		if same {
			return true
		}
	}
	return false
}

func TestLoopbackHasItsAddress(t *testing.T) {
	if list := rows(t, "addresses"); !has(list, map[string]any{"address": "127.0.0.1", "prefix": "127.0.0.1/8", "up": true, "mac": ""}) {
		t.Errorf("got %v", list)
	}
}

func TestDevicesOfWires(t *testing.T) {
	for name, want := range map[string]bool{
		"w-eth0": true, "x-eth12": true, "netsim-sink": true,
		"eth0": false, "lo": false, "w-eth": false, "y-eth0": false, "wx-eth0": false, "w-eth0.5": false, "netsim-sink2": false,
	} {
		if got := ofWire(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSocketsOfThisTest(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc/net")
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	list := rows(t, "sockets")
	for _, want := range []map[string]any{
		{"protocol": "tcp", "local": l.Addr(), "remote": "", "state": "listen"},
		{"protocol": "tcp", "local": c.LocalAddr(), "remote": l.Addr(), "state": "established"},
		{"protocol": "udp", "local": u.LocalAddr(), "remote": "", "state": "bound"},
	} {
		if !has(list, want) {
			t.Errorf("no %v in %v", want, list)
		}
	}
}

func TestRoutesAndNeighboursCanBeRead(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs netlink")
	}
	for _, r := range rows(t, "routes") {
		if r["destination"] == "" || r["interface"] == "" {
			t.Errorf("route %v", r)
		}
	}
	for _, n := range rows(t, "neighbours") {
		if n["address"] == "" || n["state"] == "" {
			t.Errorf("neighbour %v", n)
		}
	}
}

func TestParseSocketsPassesOverNonsense(t *testing.T) {
	if got := parseSockets("tcp", "sl local_address rem_address st\n 0: zz:1 00000000:0000 0A\n\n 1: 0100007F 0:0 0A\n"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
