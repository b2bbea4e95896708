package docker_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"

	"netsim/docker"
	"netsim/topology"
)

// BenchmarkUpDown brings 20 hosts on two segments with one router up and down, in turns with the
// bare Docker calls for the same containers and networks, 8 at a time:
//
//	h-1 … h-10 ── one ── gw ── two ── g-1 … g-10
//
// The metric ratio is the one's median time over the other's.
func BenchmarkUpDown(b *testing.B) {
	d := newDriver(b)
	p := benchPlan(b)
	// The image is made before the clock runs.
	id := runID(b)
	w, err := d.Up(b.Context(), topology.Run{ID: id, Plan: p})
	if err != nil {
		b.Fatal(err)
	}
	image := imageOf(b, id)
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	var bare, ours, ups, downs []float64
	for b.Loop() {
		bare = append(bare, seconds(func() { bareDocker(b, p, image) }))
		var w topology.World
		up := seconds(func() { w = benchUp(b, d, p) })
		down := seconds(func() {
			if err := w.Close(); err != nil {
				b.Error(err)
			}
		})
		ups, downs, ours = append(ups, up), append(downs, down), append(ours, up+down)
	}
	ratio := median(ours) / median(bare)
	b.ReportMetric(ratio, "ratio")
	if ratio > 1.25 {
		b.Errorf("%.2f times the bare calls, at most 1.25 are allowed", ratio)
	}
	b.ReportMetric(median(bare), "bare-s")
	b.ReportMetric(median(ups), "up-s")
	b.ReportMetric(median(downs), "down-s")
}

func benchPlan(b *testing.B) *topology.Plan {
	host := func(name, network string) topology.Host {
		return topology.Host{Name: name, Count: 10, Attachments: []topology.Attachment{{Network: network}}}
	}
	return plan(b, topology.Topology{
		Name:     "bench",
		Networks: []topology.Network{subnet("one", "10.1.0.0/24"), subnet("two", "10.2.0.0/24")},
		Routers:  []topology.Router{{Name: "gw", Attachments: []topology.Attachment{{Network: "one"}, {Network: "two"}}}},
		Hosts:    []topology.Host{host("h", "one"), host("g", "two")},
	}, 180)
}

func benchUp(b *testing.B, d *docker.Driver, p *topology.Plan) topology.World {
	w, err := d.Up(b.Context(), topology.Run{ID: runID(b), Plan: p})
	if err != nil {
		b.Fatal(err)
	}
	return w
}

// bareDocker is what a person with the API would do: networks, containers with the addresses and
// capabilities of ours, start, kill and remove, networks.
func bareDocker(b *testing.B, p *topology.Plan, image string) {
	c, err := client.New(client.FromEnv)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	id := "bare-" + runID(b)
	ctx := b.Context()
	for _, s := range p.Segments {
		_, err := c.NetworkCreate(ctx, id+s.Name, client.NetworkCreateOptions{
			Driver: "bridge",
			IPAM:   &network.IPAM{Config: []network.IPAMConfig{{Subnet: s.Subnet}}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var ids [64]string
	inParallel(b, p, func(i int, n *topology.Node) error {
		made, err := bareContainer(ctx, c, id, image, n)
		ids[i] = made
		return err
	})
	inParallel(b, p, func(i int, _ *topology.Node) error {
		_, err := c.ContainerRemove(ctx, ids[i], client.ContainerRemoveOptions{Force: true})
		return err
	})
	for _, s := range p.Segments {
		if _, err := c.NetworkRemove(ctx, id+s.Name, client.NetworkRemoveOptions{}); err != nil {
			b.Error(err)
		}
	}
}

func bareContainer(ctx context.Context, c *client.Client, id, image string, n *topology.Node) (string, error) {
	made, err := c.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name:   id + n.Name,
		Config: &container.Config{Image: image, Hostname: n.Name, OpenStdin: true},
		HostConfig: &container.HostConfig{
			NetworkMode: container.NetworkMode(id + n.Interfaces[0].Segment),
			CapDrop:     []string{"ALL"},
			CapAdd:      []string{"NET_ADMIN", "NET_RAW"},
		},
	})
	if err != nil {
		return "", err
	}
	for _, x := range n.Interfaces[1:] {
		_, err := c.NetworkConnect(ctx, id+x.Segment, client.NetworkConnectOptions{Container: made.ID})
		if err != nil {
			return "", err
		}
	}
	_, err = c.ContainerStart(ctx, made.ID, client.ContainerStartOptions{})
	return made.ID, err
}

func inParallel(b *testing.B, p *topology.Plan, do func(int, *topology.Node) error) {
	var group errgroup.Group
	group.SetLimit(8)
	for i := range p.Nodes {
		group.Go(func() error { return do(i, &p.Nodes[i]) })
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

func seconds(do func()) float64 {
	start := time.Now()
	do()
	return time.Since(start).Seconds()
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[len(of)/2]
}

func subnet(name, prefix string) topology.Network {
	return topology.Network{Name: name, Subnet: netip.MustParsePrefix(prefix)}
}
