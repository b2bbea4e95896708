package scenario_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFetch gives every node of an entry the content of the file on this machine.
func TestFetch(t *testing.T) {
	file := parse(t, `name: x
networks: { office: 10.1.0.0/24 }
hosts:
  alice: { networks: office, files: { a: { from: ./data.bin }, b: "text" } }
  client: { networks: office, count: 2, files: { c: { from: sub/data.bin } } }
`)
	dir := t.TempDir()
	content := []byte("\x00\xff\nbinary")
	for _, name := range []string{"data.bin", "sub/data.bin"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Fetch(dir); err != nil {
		t.Fatal(err)
	}
	for node, name := range map[string]string{"alice": "a", "client-1": "c", "client-2": "c"} {
		f := file.Plan.Node(node).Files[0]
		if f.Name != name || !bytes.Equal(f.Data, content) {
			t.Errorf("%s: %+v", node, f)
		}
	}
	if b := file.Plan.Node("alice").Files[1]; b.Data != nil || *b.Text != "text" {
		t.Errorf("%+v", b)
	}
}

// TestSetSeed changes the content of files without a seed of their own.
func TestSetSeed(t *testing.T) {
	file := parse(t, `name: x
seed: 4
networks: { office: 10.1.0.0/24 }
hosts:
  client: { networks: office, count: 2, files: { a: { size: 1MB }, b: { size: 1MB, seed: 3 } } }
`)
	seeds := func() [2]uint64 {
		files := file.Plan.Node("client-2").Files
		return [2]uint64{files[0].Seed, files[1].Seed}
	}
	if got := seeds(); got != [2]uint64{4, 3} {
		t.Errorf("%v", got)
	}
	if file.SetSeed(9); seeds() != [2]uint64{9, 3} || file.Plan.Seed != 9 {
		t.Errorf("%v", seeds())
	}
}

// TestFetchWrong says where each file is asked for, all of them at once.
func TestFetchWrong(t *testing.T) {
	file := parse(t, `name: x
networks: { office: 10.1.0.0/24 }
hosts:
  alice: { networks: office, files: { a: { from: none }, b: { from: large }, c: { from: . } } }
  bob: { networks: office, files: { d: { from: half }, e: { from: half } } }
`)
	dir := t.TempDir()
	for name, size := range map[string]int64{"large": 8<<20 + 1, "half": 5 << 20} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := file.Fetch(dir)
	want := `x.yaml:4:50: the file none cannot be read: no such file or directory
  the path begins where the scenario is: DIR
x.yaml:4:69: the file large: more than 8 MiB in all for host alice
  { size: 10MB, seed: 3 } makes a large file on the host itself
x.yaml:4:89: the file . cannot be read: is a directory
x.yaml:5:67: the file half: more than 8 MiB in all for host bob
  { size: 10MB, seed: 3 } makes a large file on the host itself`
	if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
