package agent

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"netsim/nodes/content"
	"netsim/topology"
)

// WriteFiles puts a node's files into its working directory, which is made where it is not
// there. No file lands outside of it.
func WriteFiles(dir string, files []topology.File) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range files {
		if err := writeFile(root, f); err != nil {
			return fmt.Errorf("file %s: %w", f.Name, err)
		}
	}
	return nil
}

// Content is what a file has in it, and its size in bytes.
func Content(f topology.File) (io.Reader, int64) {
	switch {
	case f.From != "":
		return bytes.NewReader(f.Data), int64(len(f.Data))
	case f.Text != nil:
		return strings.NewReader(*f.Text), int64(len(*f.Text))
	}
	return content.Reader(f.Seed, f.Size), f.Size
}

func writeFile(root *os.Root, f topology.File) error {
	from, _ := Content(f)
	to, err := root.Create(f.Name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return err
	}
	return to.Close()
}
