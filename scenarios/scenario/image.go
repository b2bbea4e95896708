package scenario

import (
	"fmt"

	"github.com/distribution/reference"
	"go.yaml.in/yaml/v3"
)

// image is a container image that runs as a host, and what it runs there.
type image struct {
	node    *yaml.Node // of `image:`
	name    string
	command []string // nil: the image's own
}

// image reads `image: nginx:1.27` and `command: [nginx, -g, daemon off;]`. nil means that the
// host has none, or that it has mistakes.
func (r *reader) image(f map[string]*yaml.Node) *image {
	if f["image"] == nil {
		if f["command"] != nil {
			r.wrong(f["command"], "a command without an image", "image: NAME says what it runs in; run: [..] starts programs of netsim's own")
		}
		return nil
	}
	m := &image{node: f["image"], command: r.words(f["command"], "command", "[nginx, -g, daemon off;]")}
	name, ok := r.text(m.node, "image")
	if !ok {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(name); err != nil {
		r.wrong(m.node, fmt.Sprintf("%q is not a name for an image", name), "[REGISTRY/]NAME[:TAG], in lower case: nginx:1.27")
		return nil
	}
	m.name = name
	return m
}

// step starts the image on a node. It goes by the name NODE/image.
func (m *image) step(node string) *Step {
	c := &command{node: node, argv: append([]string{m.name}, m.command...), image: true}
	a := &start{name: node + "/image", command: c}
	return &Step{
		ID: a.name, Name: a.String(), Verb: "start", Setup: true, Timeout: DefaultStepLimit,
		Position: Position{m.node.Line, m.node.Column}, action: a,
	}
}
