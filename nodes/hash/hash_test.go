package hash_test

import (
	"os"
	"path/filepath"
	"testing"

	"netsim/nodes"
	"netsim/nodes/hash"
	"netsim/nodes/nodestest"
)

func TestHash(t *testing.T) {
	dir := t.TempDir()
	abc := filepath.Join(dir, "abc")
	if err := os.WriteFile(abc, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := nodestest.Run(t, hash.Program(), "hash", abc)
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	if got.Status != nodes.Worked || got.Result["sha256"] != want || got.Number("bytes") != 3 {
		t.Errorf("got %v", got.Result)
	}
}

func TestHashOfNothing(t *testing.T) {
	dir := t.TempDir()
	got := nodestest.Run(t, hash.Program(), "hash", filepath.Join(dir, "none"))
	if got.Status != nodes.NotDone || got.Error() != nodes.NotFound || got.Result["sha256"] != "" {
		t.Errorf("a missing file: %d %v", got.Status, got.Result)
	}
	if got := nodestest.Run(t, hash.Program(), "hash", dir); got.Error() != nodes.Failed {
		t.Errorf("a directory: %v", got.Result)
	}
}
