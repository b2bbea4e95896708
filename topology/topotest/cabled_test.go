package topotest_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

var (
	_ topology.Cabled  = (*topotest.World)(nil)
	_ topology.Powered = (*topotest.World)(nil)
)

// TestBroken records what is done to links and nodes, and plays what comes of it.
func TestBroken(t *testing.T) {
	plan, err := topology.Resolve(topotest.LAN())
	if err != nil {
		t.Fatal(err)
	}
	lost := []topology.Fault{{Node: "bob", Network: "office", Cause: topology.Lost, Packets: []uint64{1}}}
	d := &topotest.Driver{
		Scripts: map[string][]topotest.Script{"bob: srv": {{Stays: true, Last: []string{"bye"}}}},
		Broken:  topotest.Broken{Faults: [][]topology.Fault{nil, lost}, Refuses: map[string]error{"pause alice": errors.ErrUnsupported}},
	}
	up, err := d.Up(t.Context(), topology.Run{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	w := up.(*topotest.World)
	p, err := w.Start(t.Context(), "bob", topology.Command{Args: []string{"srv"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.SetLink(t.Context(), "bob", plan.Nodes[1].Interfaces[0].Segment, topology.Link{Down: true}), w.Power(t.Context(), "bob", topology.PowerKill)); err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(p.Stdout())
	if status, err := p.Wait(); err != nil || status != (topology.ExitStatus{Code: 137, Signal: "killed"}) || len(out) > 0 {
		t.Errorf("%+v, %v, said %q", status, err, out)
	}
	if _, err := w.Start(t.Context(), "bob", topology.Command{Args: []string{"srv"}}); err == nil {
		t.Error("a program starts on a node that is killed")
	}
	if err := w.Power(t.Context(), "alice", topology.PowerPause); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
	if links, err := w.Links(t.Context(), "bob"); err != nil || len(links) != 1 || !links[0].Link.Down {
		t.Errorf("links %+v, %v", links, err)
	}
	for i, want := range []int{0, 1, 0} {
		if faults, err := w.Faults(t.Context()); err != nil || len(faults) != want {
			t.Errorf("call %d: %v, %v", i+1, faults, err)
		}
	}
	want := []string{"start bob: srv", "link bob." + plan.Nodes[1].Interfaces[0].Segment + ": down", "kill bob", "start bob: srv", "pause alice"}
	if got := w.Acts(); !slices.Equal(got, want) {
		t.Errorf("acts %q, want %q", got, want)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
