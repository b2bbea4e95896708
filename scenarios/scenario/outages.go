package scenario

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netsim/topology"
)

// outages are what steps have broken and none has repaired yet: by which step. One that is
// remembered is never changed; a change makes another.
type outages struct {
	killed, paused map[string]string // by node
	down           map[cable]string
	links          map[cable]topology.Link // all of them: as the plan has them, or as steps have set them since
	divided        *partition              // nil: none holds
	by             string                  // the partition's step
}

// breaker is an action that breaks or repairs something. step is the words that say by what.
type breaker interface{ breaks(o *outages, step string) }

func newOutages(plan *topology.Plan) *outages {
	o := &outages{killed: map[string]string{}, paused: map[string]string{}, down: map[cable]string{}, links: map[cable]topology.Link{}}
	for _, n := range plan.Nodes {
		for _, x := range n.Interfaces {
			o.links[cable{n.Name, x.Segment}] = x.Link
		}
	}
	return o
}

func (o *outages) clone() *outages {
	c := *o
	c.killed, c.paused, c.down = maps.Clone(o.killed), maps.Clone(o.paused), maps.Clone(o.down)
	c.links = maps.Clone(o.links)
	return &c
}

func (a *kill) breaks(o *outages, step string) {
	o.killed[a.node] = step
	delete(o.paused, a.node)
}

func (a *restart) breaks(o *outages, _ string) {
	delete(o.killed, a.node)
	delete(o.paused, a.node)
}

func (a *pause) breaks(o *outages, step string)     { o.paused[a.node] = step }
func (a *resume) breaks(o *outages, _ string)       { delete(o.paused, a.node) }
func (a *partition) breaks(o *outages, step string) { o.divided, o.by = a, step }
func (heal) breaks(o *outages, _ string)            { o.divided = nil }

func (a *set) breaks(o *outages, step string) {
	name := cable{a.node, a.network}
	o.links[name] = a.change(o.links[name])
	if a.word != "down" {
		delete(o.down, name)
	} else if _, already := o.down[name]; !already {
		o.down[name] = step
	}
}

// of are the outages that concern some nodes, in words.
func (o *outages) of(plan *topology.Plan, near, way []string) []string {
	var lines []string
	for _, name := range way {
		if by, is := o.killed[name]; is {
			lines = append(lines, fmt.Sprintf("%s was killed by %s", name, by))
		}
		if by, is := o.paused[name]; is {
			lines = append(lines, fmt.Sprintf("%s is paused since %s", name, by))
		}
		for _, x := range plan.Node(name).Interfaces {
			if by, is := o.down[cable{name, x.Segment}]; is {
				lines = append(lines, fmt.Sprintf("link %s.%s is down since %s", name, x.Segment, by))
			}
		}
	}
	if o.divided != nil && o.divided.divides(near) {
		lines = append(lines, fmt.Sprintf("a partition holds since %s: %s", o.by, o.divided.words()))
	}
	return lines
}

// divides says whether the nodes are in different groups, or the only one in any.
func (a *partition) divides(nodes []string) bool {
	groups := map[int]bool{}
	for i, group := range a.groups {
		for _, name := range group {
			if slices.Contains(nodes, name) {
				groups[i] = true
			}
		}
	}
	return len(groups) > 1 || len(groups) == 1 && len(nodes) == 1
}

// scene is what is known of a run at the end of a step's last attempt.
type scene struct {
	ended   int       // so many background programs had ended by themselves
	links   int       // so many records of links there were
	since   time.Time // the attempt, or its background program, began
	outages *outages
}

// watch takes notice of what a step has broken, of when background programs begin, and of what
// holds at its end.
func (b *bench) watch(s *Step, rec Record) {
	_, again := s.action.(*restart) // where its programs do not start, the node is back all the same
	if a, ok := s.action.(breaker); ok && (rec.Problem == "" || again) {
		b.outages = b.outages.clone()
		a.breaks(b.outages, "step "+s.ID)
	}
	at := scene{ended: len(b.ended), links: len(b.links), since: rec.Time, outages: b.outages}
	switch a := s.action.(type) {
	case *start:
		b.began[a.name] = rec.Time
	case *restart:
		b.beginAgain(a.node, rec.Time)
	case *await:
		at.since = b.began[a.name]
	case *stop:
		at.since = b.began[a.name]
	case *send:
		at.since = b.began[a.to]
	}
	b.scenes[s.ID] = at
}

func (b *bench) beginAgain(node string, at time.Time) {
	for _, s := range b.file.Setup {
		if a, ok := s.action.(*start); ok && a.command.node == node {
			b.began[a.name] = at
		}
	}
}

// outagesOf are those that concern a step's command, at its end.
func (b *bench) outagesOf(s *Step) []string {
	c, at := commandOf(s), b.scenes[s.ID]
	if c == nil || at.outages == nil {
		return nil
	}
	near := append([]string{c.node}, b.addressed(c)...)
	return at.outages.of(b.file.Plan, near, b.way(near))
}

// addressed are the nodes that a command names.
func (b *bench) addressed(c *command) []string {
	var all []string
	for _, host := range c.hosts() {
		name, _, _ := strings.Cut(host, ".")
		if a, err := netip.ParseAddr(host); err == nil {
			n, _ := b.file.Plan.Owner(a)
			if n == nil {
				continue
			}
			name = n.Name
		}
		all = append(all, name)
	}
	return all
}

// way is some nodes, and those between the first one and the others.
func (b *bench) way(near []string) []string {
	way := slices.Clone(near)
	o := topology.NewOracle(b.file.Plan)
	for _, to := range near[1:] {
		way = append(way, o.Trace(near[0], o.Address(near[0], to), topology.DefaultTTL).Names()...)
	}
	return onceOnly(way)
}

// onceOnly leaves the first of equal texts.
func onceOnly(all []string) []string {
	var once []string
	for _, s := range all {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}
