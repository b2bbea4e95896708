package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"syscall"
)

// files gives out what is below a directory.
type files struct {
	root    root
	listing http.Handler
}

func newFiles(r *os.Root) *files {
	f := &files{root: root{r}}
	f.listing = http.FileServerFS(f.root)
	return f
}

// ServeHTTP serves a regular file with an ETag, and leaves directories and errors to net/http.
func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" || strings.HasSuffix(r.URL.Path, "/") {
		f.listing.ServeHTTP(w, r)
		return
	}
	file, err := f.root.open(name)
	if err != nil {
		f.listing.ServeHTTP(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		f.listing.ServeHTTP(w, r)
		return
	}
	w.Header().Set("ETag", etag(info))
	http.ServeContent(w, r, name, info.ModTime(), file)
}

// etag is another one whenever size or time of a file is. The seconds of Last-Modified would not tell two
// changes in one second apart.
func etag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano())
}

// root is the directory as net/http wants it.
type root struct{ *os.Root }

// Open opens a regular file or a directory (io/fs).
func (r root) Open(name string) (fs.File, error) { return r.open(name) }

// open does not wait for a writer, where the name is a FIFO's. What leads out of the directory, and
// what is neither file nor directory, does not exist.
func (r root) open(name string) (*os.File, error) {
	file, err := r.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, missing(name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// missing makes an error that os.Root found by itself, not the kernel, one of a file that is not there; and so
// those for names that no file can have.
func missing(name string, err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		switch number {
		case syscall.EINVAL, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ENOTDIR, syscall.ENXIO:
		default:
			return err
		}
	}
	return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
