package docker

import (
	"context"
	"fmt"
	"sync"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"netsim/nodes/agent"
	"netsim/topology"
)

// visit is a World that was up before: a guest at its agents, by way of an exec of
// `netsim agent dial` in their containers. It cannot be kept, being so already.
type visit struct {
	engine *engine
	run    string
	log    *lockedLog
	ids    map[string]string // agent's container by node
	pods   map[string]*pod   // of the nodes with an image

	mu      sync.Mutex
	clients map[string]*agent.Client
	closing sync.Once
}

func newVisit(e *engine, s *estate, log *lockedLog) *visit {
	v := &visit{engine: e, run: s.run, log: log, ids: map[string]string{}, pods: map[string]*pod{}, clients: map[string]*agent.Client{}}
	images := map[string]string{}
	for _, c := range s.containers {
		switch {
		case c.State != container.StateRunning:
		case c.Labels[labelPod] != "":
			images[c.Labels[labelPod]] = c.ID
		default:
			node := c.Labels[labelNode]
			v.ids[node] = c.ID
			if c.Labels[labelRuns] != "" {
				v.pods[node] = &pod{engine: e, node: node, agent: c.ID}
			}
		}
	}
	for node, p := range v.pods {
		p.image = images[node]
	}
	return v
}

// Start starts a command on a node. It ends with the visit.
func (v *visit) Start(ctx context.Context, node string, c topology.Command) (topology.Process, error) {
	client, err := v.client(ctx, node)
	if err != nil {
		return nil, err
	}
	if pod := v.pods[node]; pod != nil && !c.Program {
		return pod.whenOn(ctx, client, func() (topology.Process, error) { return pod.exec(ctx, c) })
	}
	return startOn(ctx, client, node, c)
}

// client dials a node once.
func (v *visit) client(ctx context.Context, node string) (*agent.Client, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.clients[node]; c != nil {
		return c, nil
	}
	id, ok := v.ids[node]
	if !ok {
		return nil, noSuchNode(node, v.run)
	}
	s, err := v.engine.dial(ctx, id, v.log)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", node, err)
	}
	v.clients[node] = agent.Connect(s)
	return v.clients[node], nil
}

// dial connects to the agent of a container that runs.
func (e *engine) dial(ctx context.Context, id string, log *lockedLog) (*stream, error) {
	x, err := e.api.ExecCreate(ctx, id, client.ExecCreateOptions{
		Cmd:         []string{"/netsim", "agent", "dial"},
		AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return nil, fmt.Errorf("dialling the agent: %w", err)
	}
	a, err := e.api.ExecAttach(ctx, x.ID, client.ExecAttachOptions{})
	if err != nil {
		return nil, fmt.Errorf("dialling the agent: %w", err)
	}
	return newStream(a.HijackedResponse, log), nil
}

// Close ends what the visit has started; the network stays.
func (v *visit) Close() error {
	v.closing.Do(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, c := range v.clients {
			c.Close()
		}
		for _, p := range v.pods {
			p.stop()
			p.letGo()
		}
		v.engine.close()
	})
	return nil
}
