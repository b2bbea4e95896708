package topotest

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Sources looks at every file of Go below a directory. A test that builds an executable and runs
// it calls this first: go test remembers which files a test has looked at, and runs
// it anew when one has changed, but does not see what a `go build` has read.
func Sources(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (filepath.Ext(path) == ".go" || d.Name() == "go.mod") {
			_, err = os.Stat(path)
		}
		return err
	})
}
