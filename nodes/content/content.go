// Package content makes pseudo-random file content that is the same everywhere: what a
// scenario's `files:` puts on a node and what `make FILE` writes.
//
// The bytes are the key stream of ChaCha8 (math/rand/v2, whose output is fixed by its
// specification, C2SP chacha8rand) keyed with
//
//	SHA-256("make" ‖ the seed in decimal)      seed 3: SHA-256("make3")
//
// So content of one seed is a prefix of longer content of that seed.
package content

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"strconv"
)

// Reader gives size bytes of the seed's content, and then io.EOF.
func Reader(seed uint64, size int64) io.Reader {
	key := sha256.Sum256([]byte("make" + strconv.FormatUint(seed, 10)))
	return io.LimitReader(rand.NewChaCha8(key), size)
}
