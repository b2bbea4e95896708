package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"netsim/nodes"
)

// part is what has come of a file: beside it, under another name, until all is there. Without a file it
// only computes the hash.
type part struct {
	out     string   // the file that it becomes; "" for none
	replace bool     // also when there is one already
	file    *os.File // nil for none
	origin  origin
	size    int64 // what is there
	hash    hash.Hash
}

func newHash() *part { return &part{hash: sha256.New()} }

// openPart opens or makes the part of a file, for one program at a time.
func openPart(out string, overwrite bool) (*part, error) {
	if _, err := os.Lstat(out); err == nil && !overwrite {
		return nil, nodes.Failf(nodes.Exists, "%s; --overwrite replaces it", out)
	}
	p := newHash()
	p.out, p.replace = out, overwrite
	f, err := os.OpenFile(p.path(), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if lock(f) != nil || !isAt(f, p.path()) {
		f.Close()
		return nil, nodes.Failf(nodes.Exists, "another web get is writing %s", p.path())
	}
	p.file = f
	return p, nil
}

// isAt says whether a file still has that name: whoever had it locked may have renamed it.
func isAt(f *os.File, path string) bool {
	mine, err := f.Stat()
	named, err2 := os.Lstat(path)
	return err == nil && err2 == nil && os.SameFile(mine, named)
}

func (p *part) path() string {
	return filepath.Join(filepath.Dir(p.out), "."+filepath.Base(p.out)+".part")
}

// notes is the file that says which content a part is of.
func (p *part) notes() string { return p.path() + ".json" }

// resume says how much of the content at url is there, and could be gone on from; 0 for nothing.
func (p *part) resume(url string) (int64, error) {
	b, err := os.ReadFile(p.notes())
	if err != nil || json.Unmarshal(b, &p.origin) != nil || p.origin.URL != url || p.origin.validator() == "" {
		return 0, nil // then it comes from the start
	}
	info, err := p.file.Stat()
	if err != nil || p.origin.Size >= 0 && info.Size() >= p.origin.Size {
		return 0, err
	}
	p.size, err = io.Copy(p.hash, p.file)
	return p.size, err
}

// begin throws away what is there, for content from its start.
func (p *part) begin(o origin) error {
	p.hash.Reset()
	p.size, p.origin = 0, o
	if p.file == nil {
		return nil
	}
	if err := os.Remove(p.notes()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b, err := json.Marshal(o)
	if err == nil {
		err = os.WriteFile(p.notes(), b, 0o666)
	}
	return err
}

// Write adds content.
func (p *part) Write(b []byte) (n int, err error) {
	n = len(b)
	if p.file != nil {
		n, err = p.file.Write(b)
	}
	p.hash.Write(b[:n])
	p.size += int64(n)
	return n, err
}

// sum is the SHA-256 of what is there, in hexadecimal.
func (p *part) sum() string { return hex.EncodeToString(p.hash.Sum(nil)) }

// finish makes the file of it.
func (p *part) finish() error {
	if p.file == nil {
		return nil
	}
	err := p.file.Sync()
	if err == nil {
		err = p.name()
	}
	if err == nil {
		err = os.Remove(p.notes())
	}
	return err
}

// name gives the part its file's name. A rename would replace a file that has appeared meanwhile; a link does not.
// Where the file system has no links there is an instant between looking and renaming.
func (p *part) name() error {
	if p.replace {
		return os.Rename(p.path(), p.out)
	}
	err := os.Link(p.path(), p.out)
	if err == nil {
		return os.Remove(p.path())
	}
	if _, there := os.Lstat(p.out); there == nil {
		return nodes.Failf(nodes.Exists, "%s has appeared meanwhile; all of the content is in %s", p.out, p.path())
	}
	return os.Rename(p.path(), p.out)
}

// discard leaves nothing.
func (p *part) discard() error {
	if p.file == nil {
		return nil
	}
	return errors.Join(os.Remove(p.path()), os.Remove(p.notes()))
}

// close lets others have it. A part without content is none.
func (p *part) close() {
	if p.file == nil {
		return
	}
	if info, err := p.file.Stat(); err == nil && info.Size() == 0 && p.origin.URL == "" {
		_ = os.Remove(p.path())
	}
	p.file.Close()
}
