package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"netsim/nodes/agent"
	"netsim/topology"
)

// closeLimit is how long taking a network down may take.
const closeLimit = 2 * time.Minute

// world is a network that this process brought up.
type world struct {
	engine *engine
	tag    tag
	plan   *topology.Plan

	mu      sync.Mutex
	clients map[string]*agent.Client // by node
	pods    map[string]*pod          // of the nodes with an image
	cabled  map[string]bool          // nodes of which a link was set
	kept    bool

	closing sync.Once
	err     error // Close's

	done    chan struct{} // closed when a node is gone
	gone    sync.Once
	looking sync.WaitGroup
}

var _ topology.Keeper = (*world)(nil)

func newWorld(e *engine, t tag, p *topology.Plan) *world {
	return &world{done: make(chan struct{}), engine: e, tag: t, plan: p, clients: map[string]*agent.Client{}, pods: map[string]*pod{}, cabled: map[string]bool{}}
}

func (w *world) add(node string, c *agent.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clients[node] = c
	w.looking.Go(func() {
		<-c.Done()
		w.gone.Do(func() { close(w.done) })
	})
}

// Done is closed when a node is gone.
func (w *world) Done() <-chan struct{} { return w.done }

func (w *world) addPod(p *pod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pods[p.node] = p
}

func (w *world) pod(node string) *pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pods[node]
}

func (w *world) client(node string) *agent.Client {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clients[node]
}

// Start starts a command on a node, without capabilities; or, in the container of the node's own
// image, with what the image has.
func (w *world) Start(ctx context.Context, node string, c topology.Command) (topology.Process, error) {
	client, pod := w.client(node), w.pod(node)
	switch {
	case client == nil:
		return nil, noSuchNode(node, w.tag.run)
	case pod != nil && c.Image:
		return pod.whenOn(ctx, client, func() (topology.Process, error) { return pod.run(ctx, w.tag, w.plan.Node(node), c) })
	case pod != nil && !c.Program:
		return pod.whenOn(ctx, client, func() (topology.Process, error) { return pod.exec(ctx, c) })
	}
	return startOn(ctx, client, node, c)
}

// startOn says in its error on which node it was, and what such a node has.
func startOn(ctx context.Context, client *agent.Client, node string, c topology.Command) (topology.Process, error) {
	p, err := client.Start(ctx, node, c)
	if off, ok := isOff(err); ok {
		return nil, off
	}
	switch {
	case err == nil:
		return p, nil
	case !c.Program && errors.Is(err, agent.ErrNoProgram):
		return nil, fmt.Errorf("%s: %w: with Docker a node without an image has netsim's own programs alone; --driver native has those of this machine", node, err)
	}
	return nil, fmt.Errorf("%s: %w", node, err)
}

func noSuchNode(node, run string) error {
	return fmt.Errorf("run %s has no node %q", run, node)
}

// Keep tells every agent, and then marks the network as kept: so a sweep takes a
// network for kept only if all of its nodes stay.
func (w *world) Keep(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for node, c := range w.clients {
		if err := c.Keep(ctx); err != nil {
			return fmt.Errorf("keeping %s: %w", node, err)
		}
	}
	calls, cancel := uninterrupted(ctx)
	defer cancel()
	if err := w.engine.mark(calls, w.tag, keptMark, labelKeep); err != nil {
		return fmt.Errorf("marking the network as kept: %w", err)
	}
	w.kept = true
	return nil
}

// Close takes the network down, unless Keep was called; what programs still run are
// killed. Errors are *Leftover or the engine's.
func (w *world) Close() error {
	w.closing.Do(func() {
		defer w.engine.close()
		defer w.looking.Wait()
		if w.isKept() {
			w.disconnect()
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
		defer cancel()
		w.err = w.engine.demolish(ctx, w.tag.run, w.disconnect)
	})
	return w.err
}

func (w *world) isKept() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept
}

// disconnect ends the agents' standard input, and with it the containers, unless they are kept.
func (w *world) disconnect() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.clients {
		c.Close()
	}
	for _, p := range w.pods {
		p.letGo()
	}
}
