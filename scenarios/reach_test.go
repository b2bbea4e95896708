package scenarios_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"netsim/topology"
	"netsim/topology/topotest"
)

// generated is how many random topologies are held against the oracle.
const generated = 20

// Oracle and reality agree on every pair of nodes, and on addresses that nobody has:
// who is reached, with which TTL, and which error says why not.
func TestRealityIsWhatTheOracleSays(t *testing.T) {
	topologies := []topology.Topology{topotest.LAN(), topotest.Routed(), topotest.Chain(), topotest.Ring(), topotest.Island()}
	for seed := range uint64(generated) {
		topologies = append(topologies, topotest.Generate(seed))
	}
	overDrivers(t, func(t *testing.T, d topology.Driver) {
		for _, topo := range topologies {
			t.Run(topo.Name, func(t *testing.T) {
				t.Parallel() // most of the time goes by waiting for ARP to give up
				compareAll(t, d, topo)
			})
		}
	})
}

// echo is what a ping says, of both the oracle and the program.
type echo struct {
	Received bool
	TTL      int
	Error    string
}

func compareAll(t *testing.T, d topology.Driver, topo topology.Topology) {
	plan, err := topology.Resolve(topo)
	if err != nil {
		t.Fatal(err)
	}
	world, err := d.Up(t.Context(), topology.Run{ID: ownName("reach", d) + "-" + topo.Name, Plan: plan, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	}()
	comparison{t, topo.Seed, world, topology.NewOracle(plan)}.all(plan)
}

// comparison holds a world against the oracle.
type comparison struct {
	t      *testing.T
	seed   uint64
	world  topology.World
	oracle *topology.Oracle
}

// all compares every pair at the same time, but for those whose answer is a router's
// "no route": of these Linux tells one source five at once, and one more each second,
// whatever its settings; replies that find no way use them up as well. So they come
// last, each source's one after the other.
func (c comparison) all(plan *topology.Plan) {
	var free, limited errgroup.Group
	free.SetLimit(100)
	last := map[string][]netip.Addr{}
	for _, from := range plan.Nodes {
		for _, to := range destinations(plan) {
			if e := c.oracle.Echo(from.Name, to); e.Error == topology.NetworkUnreachable && e.At != from.Name {
				last[from.Name] = append(last[from.Name], to)
				continue
			}
			free.Go(func() error { return c.compare(from.Name, to) })
		}
	}
	err := free.Wait()
	for from, to := range last {
		limited.Go(func() error { return c.inTurn(from, to) })
	}
	if err := errors.Join(err, limited.Wait()); err != nil {
		c.t.Error(err)
	}
}

func (c comparison) inTurn(from string, to []netip.Addr) error {
	for _, address := range to {
		if err := c.compare(from, address); err != nil {
			return err
		}
	}
	return nil
}

func (c comparison) compare(from string, to netip.Addr) error {
	got, err := ping(c.t, c.world, from, to)
	if err != nil {
		return err
	}
	if want := expected(c.oracle.Echo(from, to)); got != want {
		way := c.oracle.Trace(from, to, topology.DefaultTTL).Names()
		c.t.Errorf("seed %d: %s -> %s: %+v, the oracle says %+v by way of %v", c.seed, from, to, got, want, way)
	}
	return nil
}

// destinations are all addresses of the plan, one on each segment that nobody has,
// and one that is on no segment.
func destinations(plan *topology.Plan) []netip.Addr {
	to := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	for _, n := range plan.Nodes {
		for _, x := range n.Interfaces {
			to = append(to, x.Address.Addr())
		}
	}
	for _, s := range plan.Segments {
		to = append(to, topology.Broadcast(s.Subnet).Prev())
	}
	return to
}

func expected(e topology.Echo) echo {
	want := echo{e.Received, e.TTL, string(e.Error)}
	if !e.Received && e.Error == "" {
		want.Error = "timeout"
	}
	return want
}

func ping(t *testing.T, world topology.World, from string, to netip.Addr) (echo, error) {
	p, err := world.Start(t.Context(), from, topology.Command{Program: true, Args: []string{"ping", to.String(), "--count", "1"}})
	if err != nil {
		return echo{}, fmt.Errorf("%s -> %s: %w", from, to, err)
	}
	p.Stdin().Close()
	var stderr bytes.Buffer
	go io.Copy(&stderr, p.Stderr())
	out, err := io.ReadAll(p.Stdout())
	if err != nil {
		return echo{}, err
	}
	if _, err := p.Wait(); err != nil {
		return echo{}, fmt.Errorf("%s -> %s: %w", from, to, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var result struct {
		Received, TTL int
		Error         string
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil {
		return echo{}, fmt.Errorf("%s -> %s: %q: %w", from, to, out, err)
	}
	return echo{result.Received > 0, result.TTL, result.Error}, nil
}
