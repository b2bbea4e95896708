package docker

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	tc "github.com/testcontainers/testcontainers-go"
	"golang.org/x/sync/errgroup"

	"netsim/nodes/agent"
	"netsim/topology"
)

// createNodes makes all containers, some at a time.
func (b *building) createNodes(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.width)
	progress := topology.Progress{Phase: "nodes", Total: len(b.run.Plan.Nodes)}
	var telling sync.Mutex
	for i := range b.run.Plan.Nodes {
		n := &b.run.Plan.Nodes[i]
		group.Go(func() error {
			if err := b.createNode(ctx, n); err != nil {
				return fmt.Errorf("%s: %w", n.Name, err)
			}
			telling.Lock()
			defer telling.Unlock()
			progress.Done++
			b.tell(progress)
			return nil
		})
	}
	return group.Wait()
}

// createNode makes a container and has its agent make it the node.
//
//	create ─► connect other networks ─► attach ─► start ─► configure
func (b *building) createNode(ctx context.Context, n *topology.Node) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	calls, cancel := uninterrupted(ctx)
	defer cancel()
	var attached *stream
	c, err := b.engine.provider.CreateContainer(calls, b.request(n, &attached))
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = c.Start(calls)
	if attached != nil { // also when the start was refused, so that the stream is closed
		b.world.add(n.Name, agent.Connect(attached))
	}
	if err != nil {
		return err
	}
	if n.Image != "" {
		b.world.addPod(&pod{engine: b.engine, node: n.Name, agent: c.GetContainerID()})
	}
	return b.world.client(n.Name).Configure(ctx, agent.Setup{
		Node:   *n,
		Seed:   b.run.Plan.Seed,
		Names:  b.names.Names(n.Name),
		Cables: b.cables(n),
	})
}

// cables are the addresses by which the agent recognises the interfaces.
func (b *building) cables(n *topology.Node) map[string]netip.Addr {
	cables := map[string]netip.Addr{}
	for _, x := range n.Interfaces {
		cables[x.Name] = b.ledgers[x.Segment].given[n.Name]
	}
	return cables
}

// request is the container of a node. The hook that attaches to it leaves the stream in
// attached.
func (b *building) request(n *topology.Node, attached **stream) tc.ContainerRequest {
	together := b.engine.atLeast("1.44") // older engines take one endpoint at create
	hooks := tc.ContainerLifecycleHooks{
		PreStarts: []tc.ContainerHook{func(ctx context.Context, c tc.Container) (err error) {
			*attached, err = b.engine.attach(ctx, c.GetContainerID(), b.log)
			return err
		}},
	}
	if !together {
		hooks.PostCreates = []tc.ContainerHook{func(ctx context.Context, c tc.Container) error {
			return b.connectOthers(ctx, c.GetContainerID(), n)
		}}
	}
	return tc.ContainerRequest{
		Image:              b.image,
		Name:               objectName(b.run.ID, n.Name),
		Labels:             b.nodeLabels(n),
		ConfigModifier:     func(c *container.Config) { b.configure(n, c) },
		HostConfigModifier: func(c *container.HostConfig) { b.configureHost(n, c) },
		EndpointSettingsModifier: func(all map[string]*network.EndpointSettings) {
			for i, x := range n.Interfaces {
				if i == 0 || together {
					all[objectName(b.run.ID, x.Segment)] = b.endpoint(n, x)
				}
			}
		},
		LifecycleHooks: []tc.ContainerLifecycleHooks{hooks},
	}
}

func (b *building) nodeLabels(n *topology.Node) map[string]string {
	labels := b.tag.labels(labelNode, n.Name)
	if n.Image != "" {
		labels[labelRuns] = n.Image
	}
	return labels
}

// configure opens standard input once: when we are gone, the agent sees its end.
func (b *building) configure(n *topology.Node, c *container.Config) {
	c.Hostname = n.Name
	c.OpenStdin, c.StdinOnce = true, true
	c.AttachStdin, c.AttachStdout, c.AttachStderr = true, true, true
}

func (b *building) configureHost(n *topology.Node, c *container.HostConfig) {
	c.NetworkMode = network.NetworkNone
	if len(n.Interfaces) > 0 {
		c.NetworkMode = container.NetworkMode(objectName(b.run.ID, n.Interfaces[0].Segment))
	}
	c.CapDrop = []string{"ALL"}
	c.CapAdd = []string{"NET_ADMIN", "NET_RAW"}
	if n.Image != "" {
		c.CapAdd = append(c.CapAdd, podCapabilities...)
	}
	c.AutoRemove = true
	c.LogConfig = container.LogConfig{Type: "none"}
	c.Sysctls = agent.Sysctls(*n)
	if !b.engine.atLeast("1.44") {
		// A number that is none keeps these engines from setting up a name server in
		// the node, which is a quarter of the work of starting a container.
		c.DNSOptions = []string{"ndots:x"}
	}
}

func (b *building) endpoint(n *topology.Node, x topology.Interface) *network.EndpointSettings {
	return &network.EndpointSettings{
		IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: b.ledgers[x.Segment].given[n.Name]},
	}
}

func (b *building) connectOthers(ctx context.Context, id string, n *topology.Node) error {
	for _, x := range n.Interfaces[min(1, len(n.Interfaces)):] {
		_, err := b.engine.api.NetworkConnect(ctx, objectName(b.run.ID, x.Segment), client.NetworkConnectOptions{
			Container:      id,
			EndpointConfig: b.endpoint(n, x),
		})
		if err != nil {
			return fmt.Errorf("network %s: %w", x.Segment, err)
		}
	}
	return nil
}

// attach connects to the standard streams of a container that is not started yet.
func (e *engine) attach(ctx context.Context, id string, log *lockedLog) (*stream, error) {
	a, err := e.api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, fmt.Errorf("attaching: %w", err)
	}
	return newStream(a.HijackedResponse, log), nil
}
