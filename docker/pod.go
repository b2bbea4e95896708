package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"sync"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	tc "github.com/testcontainers/testcontainers-go"

	"netsim/nodes/agent"
	"netsim/topology"
)

// pod is a node with an image of the user's own: two containers with one network.
//
//	netsim-RUN-web          the agent: addresses, routes, hosts file, netsim's own programs
//	   ▲ network, processes
//	netsim-RUN-web.image    the image, as it is, with Docker's usual capabilities
//
// The image's processes are in the agent's PID namespace: so they end with it, and it can
// stop them.
type pod struct {
	engine *engine
	node   string
	agent  string // container

	power sync.RWMutex // held while something starts; locked while the node is switched

	mu        sync.Mutex
	image     string          // container; "" until it is started
	ended     <-chan struct{} // closed when the image has ended; nil where nobody looks yet
	leave     func()          // ends the looking; nil where there is none
	processes []*process
	cuts      int // how often the node was killed
}

// imageSuffix ends the name of an image's container. No node's name has a full stop.
const imageSuffix = ".image"

// run makes the image's container and starts it. Args after the image's name replace its
// command. It is attached to before it starts, so that nothing of its output is missed.
func (p *pod) run(ctx context.Context, t tag, n *topology.Node, c topology.Command) (topology.Process, error) {
	calls, cancel := uninterrupted(ctx)
	defer cancel()
	made, err := p.engine.provider.CreateContainer(calls, p.request(t, n, c.Args[1:]))
	if err != nil {
		return nil, imageError(n, err)
	}
	id := made.GetContainerID()
	if err := p.putFiles(calls, id, n.Files); err != nil {
		return nil, err
	}
	a, err := p.engine.api.ContainerAttach(calls, id, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, fmt.Errorf("attaching: %w", err)
	}
	x := newProcess(a.HijackedResponse, p.stopImage(id), p.engine.exitOfContainer(id))
	if err := made.Start(calls); err != nil {
		x.letGo()
		return nil, imageError(n, err)
	}
	p.mu.Lock()
	p.ended = x.done
	p.mu.Unlock()
	return p.follow(id, x), nil
}

func (p *pod) request(t tag, n *topology.Node, command []string) tc.ContainerRequest {
	return tc.ContainerRequest{
		Image:              n.Image,
		Cmd:                command,
		Name:               objectName(t.run, n.Name+imageSuffix),
		Labels:             t.labels(labelPod, n.Name),
		ConfigModifier:     func(c *container.Config) { c.OpenStdin, c.AttachStdin = true, true },
		HostConfigModifier: p.join,
	}
}

// join puts the image's container into the node. It ends with its program, or with the agent.
func (p *pod) join(c *container.HostConfig) {
	c.NetworkMode = container.NetworkMode("container:" + p.agent)
	c.PidMode = container.PidMode("container:" + p.agent)
	c.AutoRemove = true
	c.LogConfig = container.LogConfig{Type: "none"}
}

// putFiles puts the host's files into the directory in which the image starts.
func (p *pod) putFiles(ctx context.Context, id string, files []topology.File) error {
	if len(files) == 0 {
		return nil
	}
	made, err := p.engine.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return err
	}
	archive, err := archiveOf(files)
	if err != nil {
		return err
	}
	dir := path.Join("/", made.Container.Config.WorkingDir)
	_, err = p.engine.api.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: dir, Content: archive})
	if err != nil {
		return fmt.Errorf("putting files into %s: %w", dir, err)
	}
	return nil
}

func archiveOf(files []topology.File) (*bytes.Buffer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		content, size := agent.Content(f)
		if err := w.WriteHeader(&tar.Header{Name: f.Name, Mode: 0o644, Size: size}); err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, content); err != nil {
			return nil, err
		}
	}
	return &out, w.Close()
}

// follow remembers a process, so that it can be let go of with the pod.
func (p *pod) follow(image string, x *process) *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.image = image
	p.processes = append(p.processes, x)
	return x
}

// letGo leaves what runs in the image's container to itself.
func (p *pod) letGo() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.processes {
		x.letGo()
	}
	if p.leave != nil {
		p.leave()
	}
}

// stop ends what was started in the image's container through this pod.
func (p *pod) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.processes {
		_ = x.Stop()
		x.asking.Wait()
	}
}

// stopImage sends the signal that the image asks for, and SIGKILL after the grace.
func (p *pod) stopImage(id string) func(context.Context) {
	return func(ctx context.Context) {
		grace := int(topology.DefaultGrace.Seconds())
		_, _ = p.engine.api.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &grace})
	}
}
