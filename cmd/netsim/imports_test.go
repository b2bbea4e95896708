package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule says what a package, and all below it that have no rule of their own, may
// import of this module and of others. docs/design.md shows the same table to people.
type rule struct {
	dir    string
	module []string // packages of this module; a trailing / means all below
	others []string // prefixes of other modules' packages
	why    string
}

const netlinkPath = "github.com/vishvananda/"

var rules = []rule{
	{"topology", nil, nil, "all depend on it; its tests take milliseconds"},
	{"topology/kernel", []string{"topology"}, []string{netlinkPath, "golang.org/x/sys"}, "knows the kernel, and nothing of programs or drivers"},
	{"topology/wire", []string{"topology", "topology/kernel"}, []string{netlinkPath, "golang.org/x/sys"}, "knows packets and cables, and nothing of drivers"},
	{"topology/native", []string{"topology", "topology/kernel", "topology/wire", "nodes/agent"}, []string{netlinkPath, "golang.org/x/sys"}, "the only room that makes namespaces"},
	{"topology/topotest", []string{"topology"}, nil, "every test may use it"},
	{"docker", []string{"topology", "topology/kernel", "nodes/agent"}, []string{"github.com/testcontainers/", "github.com/moby/", "github.com/containerd/", "golang.org/x/"}, "the only room that knows Docker"},
	{"nodes", nil, nil, "a contract is data"},
	{"nodes/agent", []string{"topology", "topology/kernel", "topology/wire", "nodes/content"}, []string{"golang.org/x/sys", netlinkPath}, "serves kernel, wires and programs over one stream"},
	{"nodes/", []string{"nodes", "nodes/charset", "nodes/content", "nodes/datagram", "nodes/framing", "nodes/icmp", "nodes/lookup", "nodes/mutual", "nodes/stream"}, []string{"golang.org/x/sys", "golang.org/x/text", "golang.org/x/time", netlinkPath}, "a program does not know that it is simulated, nor of other programs"},
	{"scenarios", nil, nil, "carries files"},
	{"scenarios/scenario", []string{"topology", "nodes"}, []string{"go.yaml.in/yaml/", "github.com/expr-lang/expr", "github.com/distribution/reference", "golang.org/x/sync"}, "what to do, not how networks are made"},
	{"scenarios/report", []string{"topology", "nodes", "scenarios/scenario"}, []string{"github.com/fatih/color"}, "prints what was judged"},
}

// ruleFor is the rule with the longest directory that fits, or nil.
func ruleFor(dir string) *rule {
	var best *rule
	for i, r := range rules {
		fits := dir == r.dir || strings.HasSuffix(r.dir, "/") && strings.HasPrefix(dir, r.dir)
		if fits && (best == nil || len(r.dir) > len(best.dir)) {
			best = &rules[i]
		}
	}
	return best
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "netsim/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		checkImports(t, strings.TrimPrefix(p.ImportPath, "netsim/"), p.Imports)
	}
	if packages < len(rules) {
		t.Errorf("%d packages listed, %d have rules", packages, len(rules))
	}
}

func checkImports(t *testing.T, dir string, imports []string) {
	r := ruleFor(dir)
	if r == nil {
		if dir != "cmd/netsim" {
			t.Errorf("%s has no rule: add one here and in docs/design.md", dir)
		}
		return
	}
	for _, path := range imports {
		if own, ok := strings.CutPrefix(path, "netsim/"); ok {
			if !slices.Contains(r.module, own) {
				t.Errorf("%s imports %s, but may import only %v of this module: it %s", dir, own, r.module, r.why)
			}
			continue
		}
		if strings.Contains(path, ".") && !slices.ContainsFunc(r.others, func(p string) bool { return strings.HasPrefix(path, p) }) {
			t.Errorf("%s imports %s, but may import only %v of others: it %s", dir, path, r.others, r.why)
		}
	}
}
