package docker

import (
	"os/exec"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
)

func TestOwner(t *testing.T) {
	me := thisProcess()
	if got, ok := parseOwner(me.String()); !ok || got != me {
		t.Fatalf("%q is read as %+v", me.String(), got)
	}
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*owner)) owner { o := me; f(&o); return o }
	for name, c := range map[string]struct {
		who  owner
		want life
	}{
		"this process":            {me, alive},
		"an ended process":        {change(func(o *owner) { o.pid = child.Process.Pid }), dead},
		"the same number, later":  {change(func(o *owner) { o.start = "1" }), dead},
		"before a reboot":         {change(func(o *owner) { o.boot = "x" }), dead},
		"another machine":         {change(func(o *owner) { o.boot, o.host = "x", "elsewhere" }), unknown},
		"in another container":    {change(func(o *owner) { o.namespace = "1" }), unknown},
		"in a container, earlier": {change(func(o *owner) { o.boot, o.namespace = "x", "1" }), dead},
	} {
		if got := c.who.seenFrom(me, true); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	clone := change(func(o *owner) { o.boot = "x" }) // another machine of the same name
	if got := clone.seenFrom(me, false); got != unknown {
		t.Errorf("at a remote engine, a machine with our name: %v", got)
	}
	nameless := func(host string) owner { return owner{child.Process.Pid, "-", "-", "-", host} }
	if got := nameless("a").seenFrom(nameless("b"), true); got != unknown {
		t.Errorf("on systems without a boot id, another machine: %v", got)
	}
	if got := nameless("a").seenFrom(nameless("a"), true); got != dead {
		t.Errorf("on systems without a boot id, an ended process: %v", got)
	}
	for _, bad := range []string{"", "1", "x 1 1 1 1", "0 1 1 1 1", "-1 1 1 1 1", "1 1 1 1 1 1"} {
		if _, ok := parseOwner(bad); ok {
			t.Errorf("%q is an owner", bad)
		}
	}
}

func TestReadTag(t *testing.T) {
	labels := func(change func(map[string]string)) map[string]string {
		l := tag{"r1", "s", thisProcess()}.labels(labelNode, "alice")
		change(l)
		return l
	}
	for name, labels := range map[string]map[string]string{
		"netsim-r1-bob":    labels(func(map[string]string) {}),
		"r1-alice":         labels(func(map[string]string) {}),
		"netsim-r1-alice":  labels(func(l map[string]string) { delete(l, labelOwner) }),
		"netsim-r1-alice ": labels(func(l map[string]string) { l[labelRun] = "r2" }),
		"netsim--alice":    labels(func(l map[string]string) { l[labelRun] = "" }),
		"netsim-r1-":       labels(func(l map[string]string) { l[labelNode] = "" }),
	} {
		if _, ok := readTag(name, labels, labels[labelNode]); ok {
			t.Errorf("%s with %v counts as ours", name, labels)
		}
	}
	own := labels(func(map[string]string) {})
	if got, ok := readTag("/netsim-r1-alice", own, "alice"); !ok || got.run != "r1" || got.scenario != "s" {
		t.Errorf("%+v %v", got, ok)
	}
}

func TestWithoutOwner(t *testing.T) {
	now := time.Now()
	me := thisProcess()
	gone, elsewhere := me, me
	gone.start, elsewhere.host, elsewhere.boot = "1", "elsewhere", "x"
	up := []container.Summary{{State: container.StateRunning}}
	all := map[string]*estate{
		"mine":                    {tag: tag{run: "mine", owner: me}},
		"gone":                    {tag: tag{run: "gone", owner: gone}, since: now, containers: up},
		"elsewhere":               {tag: tag{run: "elsewhere", owner: elsewhere}, since: now},
		"elsewhere, old":          {tag: tag{run: "elsewhere, old", owner: elsewhere}, since: now.Add(-2 * forsaken)},
		"elsewhere, old, running": {tag: tag{run: "…", owner: elsewhere}, since: now.Add(-2 * forsaken), containers: up},
	}
	got := withoutOwner(all, true, now)
	if len(got) != 2 || got[0].run != "elsewhere, old" || got[1].run != "gone" {
		t.Errorf("%+v", got)
	}
}
