package docker

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"

	"netsim/topology"
)

// executable is the file that the image is made of.
type executable struct {
	path      string
	tag       string            // the first 16 hexadecimal digits of its SHA-256
	libraries map[string]string // what it needs besides: place in the image → file; none where it is static
}

// ownExecutable is the running executable's place.
func ownExecutable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil // also when the file was deleted or replaced since
	}
	return os.Executable()
}

// readExecutable refuses what cannot be the only program of a Linux container.
func readExecutable(file string) (*executable, error) {
	if file == "" {
		own, err := ownExecutable()
		if err != nil {
			return nil, err
		}
		file = own
	}
	libraries, err := needs(file)
	if err != nil {
		return nil, &topology.Unavailable{
			Reason: fmt.Sprintf("%s cannot be a node's program: %v", shownPath(file), err),
			Hint:   "nodes run the netsim executable itself, which must be one for Linux: CGO_ENABLED=0 GOOS=linux go build ./cmd/netsim",
		}
	}
	tag, err := hashFile(file)
	if err != nil {
		return nil, err
	}
	return &executable{file, tag, libraries}, nil
}

// shownPath is a path that says something to people.
func shownPath(file string) string {
	if real, err := os.Readlink(file); err == nil {
		return real
	}
	return file
}

func hashFile(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// needs finds the loader and the libraries of an ELF executable that is not static, as a build
// with cgo gives one: the C library, as a rule. They go into the image beside it.
func needs(file string) (map[string]string, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, fmt.Errorf("not a Linux executable (%w)", err)
	}
	defer f.Close()
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return nil, fmt.Errorf("not an executable but of ELF type %s", f.Type)
	}
	loader := interpreter(f)
	if loader == "" {
		return nil, nil
	}
	real, err := filepath.EvalSymlinks(loader)
	if err != nil {
		return nil, fmt.Errorf("not static, and its loader is not on this machine (%w)", err)
	}
	found := map[string]string{loader: real}
	// The loader is part of the C library: its directory is where the rest is, and one
	// that it searches by itself.
	return found, addLibraries(f, []string{filepath.Dir(real), filepath.Dir(loader)}, found)
}

// interpreter is the loader that PT_INTERP names (elf(5)).
func interpreter(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, p.Filesz)
			if n, _ := p.ReadAt(name, 0); n > 0 {
				return path.Clean(string(name[:n-1])) // it ends with a zero byte
			}
		}
	}
	return ""
}

// addLibraries follows DT_NEEDED. Each library is put into every directory searched.
func addLibraries(f *elf.File, dirs []string, found map[string]string) error {
	names, err := f.ImportedLibraries()
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := found[path.Join(dirs[0], name)]; ok {
			continue
		}
		file, ok := firstFile(dirs, name)
		if !ok {
			return fmt.Errorf("not static, and its library %s is not in %s", name, dirs[0])
		}
		for _, d := range dirs {
			if at := path.Join(d, name); found[at] == "" {
				found[at] = file
			}
		}
		library, err := elf.Open(file)
		if err != nil {
			return err
		}
		err = addLibraries(library, dirs, found)
		library.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func firstFile(dirs []string, name string) (string, bool) {
	for _, d := range dirs {
		if file, err := filepath.EvalSymlinks(filepath.Join(d, name)); err == nil {
			return file, true
		}
	}
	return "", false
}
