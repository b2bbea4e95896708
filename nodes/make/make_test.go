package make_test

import (
	"os"
	"path/filepath"
	"testing"

	"netsim/nodes"
	"netsim/nodes/make"
	"netsim/nodes/nodestest"
)

func TestMake(t *testing.T) {
	file := filepath.Join(t.TempDir(), "firmware.bin")
	got := nodestest.Run(t, make.Program(), "make", file, "--size", "1MiB", "--seed", "3")
	if got.Status != nodes.Worked || got.Number("bytes") != 1<<20 {
		t.Fatalf("got %v %s", got.Result, got.Stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 1<<20 {
		t.Errorf("the file: %v, %v", info, err)
	}
	const want = "361c9bce88871bcf20581afba9876a862bfe1a363033737ae5574b7e5b2b8ac9" // as in package content's test
	if got.Result["sha256"] != want {
		t.Errorf("sha256 %v, want %s", got.Result["sha256"], want)
	}
}

func TestMakeKeepsWhatExists(t *testing.T) {
	file := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := nodestest.Run(t, make.Program(), "make", file, "--size", "10")
	if b, _ := os.ReadFile(file); got.Error() != nodes.Exists || string(b) != "mine" {
		t.Errorf("got %v, and the file is %q", got.Result, b)
	}
	got = nodestest.Run(t, make.Program(), "make", file, "--size", "10", "--overwrite")
	if b, _ := os.ReadFile(file); got.Status != nodes.Worked || len(b) != 10 {
		t.Errorf("--overwrite: got %v, and the file has %d bytes", got.Result, len(b))
	}
}

func TestMakeWithoutFolder(t *testing.T) {
	got := nodestest.Run(t, make.Program(), "make", filepath.Join(t.TempDir(), "no", "file"))
	if got.Error() != nodes.NotFound {
		t.Errorf("got %v", got.Result)
	}
}
