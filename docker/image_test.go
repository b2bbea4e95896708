package docker

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/image"

	"netsim/topology"
)

func TestReadExecutable(t *testing.T) {
	text := filepath.Join(t.TempDir(), "netsim")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := readExecutable(text)
	var u *topology.Unavailable
	if !errors.As(err, &u) || !strings.HasPrefix(u.Reason, text+" cannot be a node's program: not a Linux executable") || u.Hint == "" {
		t.Errorf("%v", err)
	}
	if _, err := readExecutable(text + "x"); !errors.As(err, &u) {
		t.Errorf("%v", err)
	}
	self, err := readExecutable("")
	if err != nil || len(self.tag) != 16 {
		t.Errorf("%+v %v", self, err)
	}
}

// A program of this machine that is not static takes its loader and C library along.
func TestNeeds(t *testing.T) {
	libraries, err := needs("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if len(libraries) == 0 {
		t.Skip("/bin/sh is static")
	}
	var names []string
	for at, file := range libraries {
		names = append(names, filepath.Base(at))
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s is no file: %v", file, err)
		}
	}
	if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "libc.") }) {
		t.Errorf("no C library among %v", names)
	}
}

func TestBuildContext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, x := range map[string]*executable{
		"Dockerfile image/netsim":             {path: file},
		"Dockerfile image/netsim image/lib/c": {path: file, libraries: map[string]string{"/lib/c": file}},
	} {
		archive, err := x.buildContext()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		r := tar.NewReader(bytes.NewReader(archive))
		for h, err := r.Next(); err == nil; h, err = r.Next() {
			names = append(names, h.Name)
			content, _ := io.ReadAll(r)
			if h.Name != "Dockerfile" && (string(content) != "program" || h.Mode != 0o755) {
				t.Errorf("%s: %q, mode %o", h.Name, content, h.Mode)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestOldImages(t *testing.T) {
	now := time.Now()
	made := func(minutes int, id, tag string, names ...string) image.Summary {
		return image.Summary{ID: id, Created: now.Add(-time.Duration(minutes) * time.Minute).Unix(), RepoTags: names, Labels: map[string]string{labelImage: tag}}
	}
	all := []image.Summary{
		made(90, "6", "f", "netsim:f"),
		made(50, "5", "e", "<none>:<none>"),
		made(40, "4", "d", "netsim:d", "mine:1"),
		made(30, "3", "c", "netsim:c"),
		made(5, "2", "b", "netsim:b"),
		made(4, "1", "a", "netsim:a"),
		made(3, "0", "z", "netsim:z"),
		made(6, "7", "y", "netsim:y"),
	}
	if got := oldImages(all, "netsim:c", now); !slices.Equal(got, []string{"5", "netsim:f"}) {
		t.Errorf("%v", got)
	}
}
