package docker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// estate is everything that the engine has of one run.
type estate struct {
	tag
	containers []container.Summary
	networks   []network.Summary
	marks      []string // names of volumes
	kept       bool     // one of the marks says so
	since      time.Time
}

// nodes are the names of the nodes, sorted.
func (s *estate) nodes() []string {
	names := []string{}
	for _, c := range s.containers {
		if c.Labels[labelPod] == "" {
			names = append(names, c.Labels[labelNode])
		}
	}
	slices.Sort(names)
	return names
}

// running says whether any node is up.
func (s *estate) running() bool {
	return slices.ContainsFunc(s.containers, func(c container.Summary) bool { return c.State == container.StateRunning })
}

// estates groups what the engine has by run; "" is all runs.
func (e *engine) estates(ctx context.Context, run string) (map[string]*estate, error) {
	all := map[string]*estate{}
	containers, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ofRun(run)})
	if err != nil {
		return nil, fmt.Errorf("listing containers: %w", err)
	}
	for _, c := range containers.Items {
		if t, ok := containerTag(c); ok {
			s := findEstate(all, t, time.Unix(c.Created, 0))
			s.containers = append(s.containers, c)
		}
	}
	networks, err := e.api.NetworkList(ctx, client.NetworkListOptions{Filters: ofRun(run)})
	if err != nil {
		return nil, fmt.Errorf("listing networks: %w", err)
	}
	for _, n := range networks.Items {
		if t, ok := readTag(n.Name, n.Labels, n.Labels[labelSegment]); ok {
			s := findEstate(all, t, n.Created)
			s.networks = append(s.networks, n)
		}
	}
	return all, e.readMarks(ctx, run, all)
}

// readMarks replaces what is known of the marks.
func (e *engine) readMarks(ctx context.Context, run string, all map[string]*estate) error {
	volumes, err := e.api.VolumeList(ctx, client.VolumeListOptions{Filters: ofRun(run)})
	if err != nil {
		return fmt.Errorf("listing volumes: %w", err)
	}
	for _, s := range all {
		s.marks, s.kept = nil, false
	}
	for _, v := range volumes.Items {
		if t, ok := readTag(v.Name, v.Labels, markOf(v.Labels)); ok {
			made, _ := time.Parse(time.RFC3339, v.CreatedAt)
			s := findEstate(all, t, made)
			s.marks = append(s.marks, v.Name)
			s.kept = s.kept || markOf(v.Labels) == keptMark
		}
	}
	return nil
}

// mark makes a mark of a run.
func (e *engine) mark(ctx context.Context, t tag, name, label string) error {
	_, err := e.api.VolumeCreate(ctx, client.VolumeCreateOptions{
		Name:   objectName(t.run, name),
		Labels: t.labels(label, "true"),
	})
	return err
}

// findEstate gives the estate of a run, which began with the oldest of its objects.
func findEstate(all map[string]*estate, t tag, made time.Time) *estate {
	s := all[t.run]
	if s == nil {
		s = &estate{tag: t, since: made}
		all[t.run] = s
	}
	if made.Before(s.since) {
		s.since = made
	}
	return s
}

func containerTag(c container.Summary) (tag, bool) {
	for _, name := range c.Names {
		if strings.Count(name, "/") > 1 {
			continue // a link's
		}
		if t, ok := readTag(name, c.Labels, partOf(c.Labels)); ok {
			return t, true
		}
	}
	return tag{}, false
}

// partOf is what comes after the run in the name of a container with these labels.
func partOf(labels map[string]string) string {
	if node := labels[labelPod]; node != "" {
		return node + imageSuffix
	}
	return labels[labelNode]
}

// whole is everything of one run; nil where there is nothing.
func (e *engine) whole(ctx context.Context, run string) (*estate, error) {
	all, err := e.estates(ctx, run)
	if err != nil {
		return nil, err
	}
	return all[run], nil
}
