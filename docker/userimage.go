package docker

import (
	"context"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"

	"netsim/topology"
)

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
