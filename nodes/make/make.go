// Package make is the program `make FILE`: it makes a file of pseudo-random content that
// is the same on every machine for the same size and seed (see package content).
package make

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"netsim/nodes"
	"netsim/nodes/content"
)

// Program describes `make`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "make", Summary: "makes a file of pseudo-random content",
		Forms: []nodes.Form{{
			Summary: "the content depends on size and seed alone; nothing is left of a file that could not be finished",
			Args:    []nodes.Arg{{Name: "FILE", Type: nodes.Path, Help: "the file to make, relative to the working directory"}},
			Flags: []nodes.Flag{
				{Name: "size", Type: nodes.Size, Default: "1MB", Max: "10GB", Help: "how large"},
				{Name: "seed", Type: nodes.Int, Default: "1", Help: "which content"},
				{Name: "overwrite", Type: nodes.Bool, Help: "replace a file that exists"},
			},
			Result: []nodes.Field{
				{Name: "bytes", Type: nodes.Size, Help: "the file's size"},
				{Name: "sha256", Type: nodes.Text, Help: "64 hexadecimal digits (FIPS 180-4)"},
			},
			Run: run,
		}},
	}
}

func run(ctx context.Context, call *nodes.Call) error {
	mode := os.O_EXCL
	if call.Bool("overwrite") {
		mode = os.O_TRUNC
	}
	f, err := os.OpenFile(call.Arg("FILE"), os.O_WRONLY|os.O_CREATE|mode, 0o666)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := fill(ctx, io.MultiWriter(f, h), content.Reader(uint64(call.Int("seed")), call.Size("size")))
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(call.Arg("FILE")))
	}
	call.Result(nodes.Values{"bytes": n, "sha256": hex.EncodeToString(h.Sum(nil))})
	return nil
}

// fill copies in pieces, so that it ends soon after its context.
func fill(ctx context.Context, to io.Writer, from io.Reader) (n int64, err error) {
	const piece = 1 << 20
	for err == nil {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		var m int64
		m, err = io.CopyN(to, from, piece)
		n += m
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
