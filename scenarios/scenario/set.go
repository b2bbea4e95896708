package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"netsim/topology"
)

// set is `link: NODE[.NETWORK]` with `set: down`, `up`, `perfect` or a LINK.
type set struct {
	node, network string
	word          string        // down, up or perfect; "" where there is a
	link          topology.Link // LINK, which replaces all that was set before
}

const setHint = "set: down, up, perfect, or { delay: 20ms, loss: 10% }"

func readSet(s *stepReader) action {
	a := &set{}
	a.node, a.network = s.linkName(s.value)
	n := s.fields["set"]
	switch {
	case n == nil:
		s.mistake(s.step.Position, "link does not say what to set", setHint)
	case n.Kind == yaml.MappingNode:
		if l := s.link(n, "steps", s.step.ID, "set"); l != nil {
			a.link = *l
		}
	default:
		a.word = s.linkWord(n)
	}
	return a
}

// linkWord reads down, up or perfect.
func (s *stepReader) linkWord(n *yaml.Node) string {
	words := []string{"down", "up", "perfect"}
	text, ok := s.text(n, "set")
	if ok && !slices.Contains(words, text) {
		s.wrong(n, fmt.Sprintf("set: unknown value %q", text), choose(text, words)+"; or "+linkHint)
	}
	return text
}

// linkName reads NODE.NETWORK, or NODE where that is on one network alone.
func (s *stepReader) linkName(n *yaml.Node) (node, network string) {
	text, ok := s.text(n, "link")
	if !ok {
		return "", ""
	}
	node, network, qualified := strings.Cut(text, ".")
	networks, known := s.nodes[node]
	switch {
	case !known:
		s.wrong(n, fmt.Sprintf("there is no node %q", node), choose(node, s.nodeNames))
	case qualified && !slices.Contains(networks, network):
		s.wrong(n, fmt.Sprintf("%s is not on a network %q", node, network), choose(network, networks))
	case qualified || len(networks) == 0:
	case len(networks) > 1:
		s.wrong(n, fmt.Sprintf("%s has %d links", node, len(networks)), choose("", linksOf(node, networks)))
	default:
		network = networks[0]
	}
	return node, network
}

func linksOf(node string, networks []string) []string {
	var all []string
	for _, name := range networks {
		all = append(all, node+"."+name)
	}
	return all
}

// name is the link: "bob.office".
func (a *set) name() string { return a.node + "." + a.network }

func (a *set) String() string {
	what := a.word
	if what == "" {
		what = a.link.String()
	}
	return "link " + a.name() + ": " + what
}

func (a *set) result() signature { return signature{} }
func (a *set) wants() string     { return "the link is set" }

func (a *set) do(ctx context.Context, r *runner, _ *Step) Record {
	return problemOf(r.cabling.set(ctx, a.node, a.network, a.change))
}

// change is what the step does to a setting.
func (a *set) change(l topology.Link) topology.Link {
	switch a.word {
	case "down":
		l.Down = true
		return l
	case "up":
		l.Down = false
		return l
	}
	return a.link
}
