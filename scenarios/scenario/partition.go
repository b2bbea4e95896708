package scenario

import (
	"context"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// partition is `partition: [[a, b], [c]]`: packets between groups are dropped, until `heal` or
// another partition.
type partition struct{ groups [][]string }

const partitionExample = "[[alice, bob], [carol]]"

func readPartition(s *stepReader) action {
	a := &partition{}
	in := map[string]int{} // group by node, from 1
	items := s.sequence(s.value, "partition", partitionExample)
	for i, item := range items {
		var group []string
		for _, n := range s.list(item) {
			name := s.node(n, "the node")
			if before := in[name]; before > 0 && name != "" {
				s.wrong(n, fmt.Sprintf("%s is in group %d already", name, before), "a node is in one group, or in none: then it talks to all")
				continue
			}
			in[name] = i + 1
			group = append(group, name)
		}
		if len(group) == 0 && len(s.list(item)) == 0 {
			s.wrong(item, "a group without nodes", partitionExample)
		}
		a.groups = append(a.groups, group)
	}
	if s.value.Kind == yaml.SequenceNode && len(items) < 2 {
		s.mistake(s.step.Position, fmt.Sprintf("partition takes two groups or more, not %d", len(items)), partitionExample)
	}
	return a
}

func (a *partition) String() string { return "partition " + a.words() }

// words is "a, b | c".
func (a *partition) words() string {
	var groups []string
	for _, g := range a.groups {
		groups = append(groups, strings.Join(g, ", "))
	}
	return strings.Join(groups, " | ")
}

func (a *partition) result() signature { return signature{} }
func (a *partition) wants() string     { return "the partition holds" }

func (a *partition) do(ctx context.Context, r *runner, _ *Step) Record {
	return problemOf(r.cabling.divide(ctx, r.file.Plan.Partition(a.groups)))
}
