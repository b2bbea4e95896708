// Package scenarios carries the scenario files that netsim ships, so that their names
// can be given where a file is expected: `netsim up lan-vs-routed`.
package scenarios

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Names returns the names of the shipped scenarios, sorted.
func Names() []string {
	entries, _ := fs.Glob(files, "*.yaml")
	for i, e := range entries {
		entries[i] = strings.TrimSuffix(e, ".yaml")
	}
	return entries
}

// Read returns the text of a shipped scenario by its name, and whether there is one.
func Read(name string) ([]byte, bool) {
	text, err := files.ReadFile(name + ".yaml")
	return text, err == nil
}
