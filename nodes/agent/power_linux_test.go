package agent_test

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"netsim/nodes/agent"
	"netsim/topology"
)

// switched is a machine with links and a power switch that records what is done to it.
type switched struct {
	*local
	power  agent.Switch
	done   []string
	fails  error // what the next thing that is done to it says
	link   topology.Link
	faults []topology.Fault
}

func (s *switched) do(what string) error {
	s.done = append(s.done, what)
	err := s.fails
	s.fails = nil
	return err
}

func (s *switched) Cut() error     { return s.do("cut") }
func (s *switched) Restore() error { return s.do("restore") }
func (s *switched) Freeze() error  { return s.do("freeze") }
func (s *switched) Thaw() error    { return s.do("thaw") }

func (s *switched) Power(node string, p topology.Power) error { return s.power.Turn(node, p, s) }
func (s *switched) On(node string) error                      { return s.power.WhenOn(node, nil) }

func (s *switched) SetLink(node, network string, l topology.Link) error {
	if network != "office" {
		return errors.New(node + " is not on network " + network)
	}
	s.link = l
	return nil
}

func (s *switched) Links(node string) ([]topology.LinkState, error) {
	return []topology.LinkState{{Node: node, Network: "office", Link: s.link, Out: topology.Counters{Packets: 3, Faults: map[topology.Cause]uint64{topology.Lost: 1}}}}, nil
}

func (s *switched) Faults() []topology.Fault {
	told := s.faults
	s.faults = nil
	return told
}

// newSwitched is a client of such a machine, and a guest at it.
func newSwitched(t *testing.T) (m *switched, owner, guest *agent.Client) {
	t.Helper()
	m = &switched{local: newLocal(t)}
	server := &agent.Server{Machine: m}
	ctx, cancel := context.WithCancel(context.Background())
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(ctx, far) }()
	go func() { ended <- server.Listen(ctx, l) }()
	stream, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	owner, guest = agent.Connect(near), agent.Connect(stream)
	t.Cleanup(func() {
		owner.Close()
		guest.Close()
		cancel()
		<-ended
		<-ended
	})
	return m, owner, guest
}

func TestLinks(t *testing.T) {
	m, owner, guest := newSwitched(t)
	for i, c := range []*agent.Client{owner, guest} {
		want := topology.Both(topology.Impairment{Delay: time.Duration(i+1) * time.Millisecond, Drop: topology.Drop{Numbers: []uint64{3}}})
		if err := c.SetLink(t.Context(), "alice", "office", want); err != nil {
			t.Fatal(err)
		}
		links, err := c.Links(t.Context(), "alice")
		if err != nil || len(links) != 1 || !reflect.DeepEqual(links[0].Link, want) || links[0].Out.Faults[topology.Lost] != 1 {
			t.Errorf("%+v %v", links, err)
		}
		if !reflect.DeepEqual(m.link, want) {
			t.Errorf("%+v was set", m.link)
		}
	}
	err := owner.SetLink(t.Context(), "alice", "workshop", topology.Link{})
	if err == nil || err.Error() != "alice is not on network workshop" {
		t.Error(err)
	}
}

// More faults than a line holds come in rounds, each once, and packets of one fault in ascending order.
func TestFaultsInRounds(t *testing.T) {
	m, owner, _ := newSwitched(t)
	numbers := make([]uint64, 900_000)
	for i := range numbers {
		numbers[i] = 1<<60 + uint64(i)
	}
	want := []topology.Fault{
		{Node: "alice", Network: "office", Direction: topology.Out, Cause: topology.Lost, Packets: numbers, More: 7},
		{Node: "alice", Network: "office", Direction: topology.In, Cause: topology.Dropped, Packets: []uint64{3, 7}},
	}
	m.faults = slices.Clone(want)
	got, err := owner.Faults(t.Context())
	if err != nil || len(got) < 3 {
		t.Fatalf("%d faults, %v", len(got), err)
	}
	if got = topology.MergeFaults(got); !reflect.DeepEqual(got, want) {
		t.Errorf("%d faults came: %d packets and %d more", len(got), len(got[0].Packets), got[0].More)
	}
	if again, err := owner.Faults(t.Context()); len(again) != 0 || err != nil {
		t.Errorf("told twice: %v %v", again, err)
	}
}

func TestPower(t *testing.T) {
	m, owner, guest := newSwitched(t)
	const (
		off    = "alice is switched off (kill); restart: alice brings it back"
		paused = "alice is paused; resume: alice lets it go on"
	)
	for _, step := range []struct {
		power       topology.Power
		done, says  string
		startsAfter string // what a start says
	}{
		{topology.PowerResume, "", "", ""},
		{topology.PowerPause, "freeze", "", paused},
		{topology.PowerPause, "", "", paused},
		{topology.PowerResume, "thaw", "", ""},
		{topology.PowerKill, "cut", "", off},
		{topology.PowerKill, "", "", off},
		{topology.PowerPause, "", off, off},
		{topology.PowerResume, "", off, off},
		{topology.PowerRestart, "restore", "", ""},
		{topology.PowerRestart, "cut restore", "", ""},
		{topology.PowerPause, "freeze", "", paused},
		{topology.PowerKill, "cut", "", off},
		{topology.PowerRestart, "restore", "", ""},
		{"explode", "", `agent: unknown power "explode"`, ""},
	} {
		m.done = nil
		says := text(owner.Power(t.Context(), "alice", step.power))
		if done := strings.Join(m.done, " "); done != step.done || says != step.says {
			t.Fatalf("%s: did %q and says %q, want %q and %q", step.power, done, says, step.done, step.says)
		}
		_, err := guest.Start(t.Context(), "alice", topology.Command{Args: []string{"true"}})
		if text(err) != step.startsAfter || text(guest.On(t.Context(), "alice")) != step.startsAfter {
			t.Fatalf("after %s a start says %v", step.power, err)
		}
		if gone := (*agent.Off)(nil); (err != nil) != errors.As(err, &gone) {
			t.Fatalf("after %s the error is %T", step.power, err)
		}
	}
}

// Start refuses what the switch refuses.
func (s *switched) Start(node string, cmd *exec.Cmd) error {
	return s.power.WhenOn(node, func() error { return s.local.Start(node, cmd) })
}

// A node of which a cut went wrong is off; one that did not come back stays off.
func TestPowerThatFails(t *testing.T) {
	m, owner, _ := newSwitched(t)
	for _, p := range []topology.Power{topology.PowerKill, topology.PowerRestart} {
		m.fails = errors.New("no such thing")
		if err := owner.Power(t.Context(), "alice", p); text(err) != "no such thing" {
			t.Errorf("%s: %v", p, err)
		}
		if off := (*agent.Off)(nil); !errors.As(owner.On(t.Context(), "alice"), &off) || off.Power != topology.PowerKill {
			t.Errorf("after %s: %v", p, off)
		}
	}
}

func TestWhatGuestsMayNot(t *testing.T) {
	m, owner, guest := newSwitched(t)
	const refusal = "agent: only the stream of the network's owner may do this"
	m.faults = []topology.Fault{{Node: "alice", More: 1}}
	if _, err := guest.Faults(t.Context()); text(err) != refusal {
		t.Errorf("faults: %v", err)
	}
	if err := guest.Power(t.Context(), "alice", topology.PowerKill); text(err) != refusal || m.done != nil {
		t.Errorf("power: %v", err)
	}
	if told, err := owner.Faults(t.Context()); len(told) != 1 || err != nil {
		t.Errorf("the owner hears of %v %v", told, err)
	}
}

func TestMachineWithoutLinksAndPower(t *testing.T) {
	b := newBench(t)
	const links, power = "agent: this machine's links cannot be changed", "agent: this machine's nodes cannot be switched off"
	if err := b.SetLink(t.Context(), "alice", "office", topology.Link{}); text(err) != links {
		t.Error(err)
	}
	if _, err := b.Links(t.Context(), "alice"); text(err) != links {
		t.Error(err)
	}
	if _, err := b.Faults(t.Context()); text(err) != links {
		t.Error(err)
	}
	if err := b.Power(t.Context(), "alice", topology.PowerKill); text(err) != power {
		t.Error(err)
	}
	if err := b.On(t.Context(), "alice"); err != nil {
		t.Error(err)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
