package trace_test

import (
	"runtime"
	"slices"
	"testing"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/trace"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{trace.Program()}) }

func TestOwnAddressIsOneHop(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("trace runs on Linux only")
	}
	o := nodestest.Run(t, trace.Program(), "trace", "127.0.0.1")
	addresses, _ := o.Result["addresses"].([]any)
	if o.Status != nodes.Worked || o.Number("hops") != 1 || o.Result["reached"] != true || !slices.Equal(addresses, []any{"127.0.0.1"}) {
		t.Fatalf("got %v %s", o.Result, o.Stderr)
	}
	if len(o.Events) != 2 || o.Events[0]["ttl"] != 1.0 || o.Events[0]["address"] != "127.0.0.1" {
		t.Errorf("events %v", o.Events)
	}
}

func TestUnknownHost(t *testing.T) {
	o := nodestest.Run(t, trace.Program(), "trace", "no-such-host.invalid")
	if o.Error() != nodes.NotFound || o.Number("hops") != 0 || o.Result["reached"] != false {
		t.Errorf("got %v", o.Result)
	}
}
