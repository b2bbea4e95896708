package docker

import (
	"strings"

	"github.com/moby/moby/client"
)

// The labels of every object, besides which nothing is ours.
const (
	labelRun      = "netsim.run"
	labelScenario = "netsim.scenario"
	labelOwner    = "netsim.owner" // see owner
	labelNode     = "netsim.node"  // of an agent's container
	labelPod      = "netsim.pod"   // of an image's container: the node that it is part of
	labelRuns     = "netsim.runs"  // of an agent's container: the image of the user's own, if any
	labelSegment  = "netsim.segment"
	labelBegun    = "netsim.begun" // of the volume that a run makes first of all
	labelKeep     = "netsim.keep"  // of the volume that marks a kept network
	labelImage    = "netsim.image" // of an image: the start of the executable's SHA-256
)

// namePrefix begins every name; objectName is netsim-RUN-WHAT.
const namePrefix = "netsim-"

func objectName(run, what string) string { return namePrefix + run + "-" + what }

// The marks of a run are empty volumes: netsim-RUN-begun tells that there may be more to
// come of it, netsim-RUN-kept that it outlives its process. They cost next to nothing,
// and are where the networks are, also when that is another machine.
const (
	begunMark = "begun"
	keptMark  = "kept"
)

// markOf is which mark a volume's labels make it.
func markOf(labels map[string]string) string {
	switch {
	case labels[labelKeep] != "":
		return keptMark
	case labels[labelBegun] != "":
		return begunMark
	}
	return ""
}

// tag is what labels and a name say of an object.
type tag struct {
	run, scenario string
	owner         owner
}

// readTag reports false for what is somebody else's: a label is missing, or the name
// does not fit the labels. What says which part of the name comes after the run.
func readTag(name string, labels map[string]string, what string) (tag, bool) {
	run, scenario := labels[labelRun], labels[labelScenario]
	by, ok := parseOwner(labels[labelOwner])
	if !ok || run == "" || what == "" || strings.TrimPrefix(name, "/") != objectName(run, what) {
		return tag{}, false
	}
	return tag{run: run, scenario: scenario, owner: by}, true
}

// labels are those of an object of the run, with one more that says what it is.
func (t tag) labels(key, value string) map[string]string {
	return map[string]string{
		labelRun:      t.run,
		labelScenario: t.scenario,
		labelOwner:    t.owner.String(),
		key:           value,
	}
}

// ofRun selects the objects of a run; "" selects those of all runs.
func ofRun(run string) client.Filters {
	if run == "" {
		return client.Filters{}.Add("label", labelRun)
	}
	return client.Filters{}.Add("label", labelRun+"="+run)
}

// validRun says whether a run's ID is letters, digits and hyphens.
func validRun(id string) bool {
	for _, c := range id {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return id != "" && len(id) <= 100
}
