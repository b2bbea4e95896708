// Package hash is the program `hash FILE`: a file's SHA-256 and size, so that a scenario
// can compare what arrived with what was sent.
package hash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"netsim/nodes"
)

// Program describes `hash`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "hash", Summary: "computes a file's SHA-256",
		Forms: []nodes.Form{{
			Args: []nodes.Arg{{Name: "FILE", Type: nodes.Path, Help: "the file, relative to the working directory"}},
			Result: []nodes.Field{
				{Name: "sha256", Type: nodes.Text, Help: "64 hexadecimal digits (FIPS 180-4)"},
				{Name: "bytes", Type: nodes.Size, Help: "the file's size"},
			},
			Run: run,
		}},
	}
}

func run(ctx context.Context, call *nodes.Call) error {
	f, err := os.Open(call.Arg("FILE"))
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &reader{ctx, f})
	if err != nil {
		return err
	}
	call.Result(nodes.Values{"sha256": hex.EncodeToString(h.Sum(nil)), "bytes": n})
	return nil
}

// reader ends with its context: a file may be a pipe that never does.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
