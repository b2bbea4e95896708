package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// largestFetched bounds the files that one host takes from this machine, in bytes.
const largestFetched = 8 << 20

// source is a `from:` of a host's file.
type source struct {
	Position
	host string // the entry's name
	file string // its name there
	path string
}

// Fetch reads the files that hosts take from this machine, `data.csv: { from: ./data.csv }`, into
// the plan; relative paths begin in dir. It is the one part of a scenario that does not
// depend on its text alone. The error is Mistakes.
func (f *File) Fetch(dir string) error {
	var wrong Mistakes
	room := map[string]int64{}
	for _, s := range f.sources {
		left, known := room[s.host]
		if !known {
			left = largestFetched
		}
		data, err := readSource(s, dir, left)
		if err != nil {
			wrong = append(wrong, Mistake{f.Name, s.Line, s.Column, err.Error(), sourceHint(err, dir)})
			continue
		}
		room[s.host] = left - int64(len(data))
		f.hostFile(s.host, s.file).Data = data
	}
	if wrong != nil {
		return wrong
	}
	return nil
}

var errTooLarge = fmt.Errorf("more than %d MiB", largestFetched>>20)

func readSource(s source, dir string, most int64) ([]byte, error) {
	path := s.path
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the file %s cannot be read: it is no regular file", s.path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read: %w", s.path, reason(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the file %s cannot be read: %w", s.path, reason(err))
	case int64(len(data)) > most:
		return nil, fmt.Errorf("the file %s: %w in all for host %s", s.path, errTooLarge, s.host)
	}
	return data, nil
}

// reason is an error without the path, which the message has already.
func reason(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

func sourceHint(err error, dir string) string {
	switch {
	case errors.Is(err, errTooLarge):
		return "{ size: 10MB, seed: 3 } makes a large file on the host itself"
	case errors.Is(err, fs.ErrNotExist):
		return "the path begins where the scenario is: " + dir
	}
	return ""
}
