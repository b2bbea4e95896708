package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
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

	mu        sync.Mutex
	image     string          // container; "" until it is started
	ended     <-chan struct{} // closed when the image has ended; nil where that is not known
	processes []*process
}

// podCapabilities are what the agent needs besides its own to stop a program of the image, of
// whatever user: signal it, and find it by the mark in its environment (proc_pid_environ(5)).
var podCapabilities = []string{"KILL", "SYS_PTRACE", "DAC_READ_SEARCH"}

// imageSuffix ends the name of an image's container. No node's name has a full stop.
const imageSuffix = ".image"

// ensureUserImages sees to the images of all nodes before anything is made.
func (b *building) ensureUserImages(ctx context.Context) error {
	for i := range b.run.Plan.Nodes {
		if n := &b.run.Plan.Nodes[i]; n.Image != "" {
			if err := b.engine.ensureUserImage(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// ensureUserImage has the engine pull what it does not have.
func (e *engine) ensureUserImage(ctx context.Context, n *topology.Node) error {
	_, err := e.api.ImageInspect(ctx, n.Image)
	if err == nil || !errdefs.IsNotFound(err) {
		return err
	}
	if err := e.provider.PullImage(ctx, n.Image); err != nil {
		return &topology.Unavailable{
			Reason: fmt.Sprintf("%s: the engine does not have the image %s, nor can it pull it: %v", n.Name, n.Image, err),
			Hint:   "docker build -t " + n.Image + " . makes one, docker images lists those that there are",
		}
	}
	return nil
}

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

// imageError says what of an engine's error concerns the user, who chose image and command.
func imageError(n *topology.Node, err error) error {
	const runc = "unable to start container process: "
	text := err.Error()
	switch _, cause, found := strings.Cut(text, runc); {
	case found:
		return fmt.Errorf("%s: the image %s does not start: %s", n.Name, n.Image, cause)
	case strings.Contains(text, "No command specified"):
		return fmt.Errorf("%s: the image %s does not say what to run: give it a command: [..]", n.Name, n.Image)
	}
	return fmt.Errorf("%s: the image %s: %w", n.Name, n.Image, err)
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

// exec runs a program of the image beside it.
func (p *pod) exec(ctx context.Context, c topology.Command) (topology.Process, error) {
	p.mu.Lock()
	id := p.image
	p.mu.Unlock()
	if id == "" {
		return nil, fmt.Errorf("%s: its image is not running", p.node)
	}
	mark := rand.Text()
	x, err := p.engine.api.ExecCreate(ctx, id, client.ExecCreateOptions{
		Cmd:         c.Args,
		Env:         append([]string{agent.Mark + "=" + mark, agent.Unbuffered}, c.Env...),
		AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil, fmt.Errorf("%s: its image has ended", p.node)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.node, err)
	}
	a, err := p.engine.api.ExecAttach(ctx, x.ID, client.ExecAttachOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.node, c.Args[0], err)
	}
	process := newProcess(a.HijackedResponse, p.stopExec(mark), p.exitOfExec(x.ID))
	go p.hangUpWithImage(process)
	return p.follow(id, process), nil
}

// hangUpWithImage ends the stream of an exec whose container has ended: not every engine does.
func (p *pod) hangUpWithImage(x *process) {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	select {
	case <-x.done:
		return
	case <-ended:
	}
	select {
	case <-x.done:
	case <-time.After(lastWords):
		x.connection.Close()
	}
}

// lastWords is how long the output of an exec may come after its container's end.
const lastWords = time.Second

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

// stopExec has the agent send the signals: the engine has no call for it.
func (p *pod) stopExec(mark string) func(context.Context) {
	return func(ctx context.Context) {
		x, err := p.engine.api.ExecCreate(ctx, p.agent, client.ExecCreateOptions{Cmd: []string{"/netsim", "agent", "stop", mark}})
		if err == nil {
			_, _ = p.engine.api.ExecStart(ctx, x.ID, client.ExecStartOptions{Detach: true})
		}
	}
}
