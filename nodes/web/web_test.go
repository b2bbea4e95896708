package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/content"
	"netsim/nodes/nodestest"
	"netsim/nodes/web"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{web.Program()}) }

// data is content of a seed, and its hash.
func data(t *testing.T, seed uint64, size int64) (b []byte, sum string) {
	t.Helper()
	b, err := io.ReadAll(content.Reader(seed, size))
	if err != nil {
		t.Fatal(err)
	}
	return b, hash(b)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func write(t *testing.T, b []byte, path ...string) string {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.WriteFile(file, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func start(t *testing.T, dir string, flags ...string) *nodestest.Server {
	t.Helper()
	return nodestest.Start(t, web.Program(), append([]string{"web", "serve", dir, "--port", "0"}, flags...)...)
}

func address(s *nodestest.Server, path string) string {
	return "http://127.0.0.1:" + s.Text("port") + path
}

func get(t *testing.T, url string, flags ...string) nodestest.Outcome {
	t.Helper()
	return nodestest.Run(t, web.Program(), append([]string{"web", "get", url}, flags...)...)
}

// holds says what a folder has, and nothing else.
func holds(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func hasContent(t *testing.T, file string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(file); err != nil || hash(got) != hash(want) {
		t.Errorf("%s has other content: %d bytes, %v", filepath.Base(file), len(got), err)
	}
}

func TestGet(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	b, sum := data(t, 1, 300_000)
	write(t, b, from, "f.bin")
	write(t, nil, from, "empty")
	s := start(t, from)
	for _, flags := range [][]string{nil, {"--out", filepath.Join(to, "f.bin")}, {"--sha256", strings.ToUpper(sum)}} {
		o := get(t, address(s, "/f.bin"), flags...)
		if o.Status != nodes.Worked || o.Number("status") != 200 || o.Number("bytes") != 300_000 || o.Result["sha256"] != sum || o.Number("offset") != 0 {
			t.Errorf("%q: %v %s", flags, o.Result, o.Stderr)
		}
	}
	hasContent(t, filepath.Join(to, "f.bin"), b)
	if o := get(t, address(s, "/empty"), "--out", filepath.Join(to, "empty")); o.Error() != "" || o.Result["sha256"] != hash(nil) {
		t.Errorf("empty: %v", o.Result)
	}
	holds(t, to, "empty", "f.bin")
	o := s.Stop()
	if o.Status != nodes.Worked || o.Number("requests") != 4 || o.Number("bytes") != 900_000 || o.Number("cut") != 0 || o.Number("refused") != 0 {
		t.Errorf("the server's result: %v", o.Result)
	}
	if e := o.Events[1]; e["method"] != "GET" || e["path"] != "/f.bin" || e["status"] != 200.0 || e["bytes"] != 300_000.0 || e["from"] != "127.0.0.1" {
		t.Errorf("the first event: %v", e)
	}
}

func TestResume(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	b, sum := data(t, 1, 300_000)
	write(t, b, from, "f.bin")
	s := start(t, from)
	out := filepath.Join(to, "f")
	cut := func() {
		t.Helper()
		if o := get(t, address(s, "/f.bin"), "--out", out, "--stop-after", "100kB", "--overwrite"); o.Error() != nodes.Truncated || o.Number("bytes") != 100_000 || o.Result["sha256"] != "" {
			t.Fatalf("cut: %v", o.Result)
		}
	}
	resumed := func(why string, offset float64, sum string) {
		t.Helper()
		o := get(t, address(s, "/f.bin"), "--out", out, "--resume", "--overwrite")
		if o.Error() != "" || o.Number("offset") != offset || o.Result["sha256"] != sum || o.Number("bytes") != 300_000 {
			t.Errorf("%s: %v %s", why, o.Result, o.Stderr)
		}
		holds(t, to, "f")
	}
	cut()
	holds(t, to, ".f.part", ".f.part.json")
	resumed("the same file", 100_000, sum)
	hasContent(t, out, b)

	cut()
	o := get(t, address(s, "/f.bin"), "--out", out, "--resume", "--overwrite", "--stop-after", "50kB")
	if o.Error() != nodes.Truncated || o.Number("bytes") != 150_000 || o.Number("offset") != 100_000 {
		t.Errorf("cut again: %v", o.Result)
	}
	resumed("cut twice", 150_000, sum)

	cut()
	changed, changedSum := data(t, 2, 300_000)
	write(t, changed, from, "f.bin")
	resumed("the file has changed", 0, changedSum)
	hasContent(t, out, changed)

	cut()
	write(t, []byte("{"), to, ".f.part.json")
	resumed("notes that are none", 0, changedSum)

	cut()
	os.Remove(filepath.Join(to, ".f.part.json"))
	resumed("no notes", 0, changedSum)

	cut()
	write(t, make([]byte, 400_000), to, ".f.part")
	resumed("a part that is too long", 0, changedSum)
	resumed("nothing to go on from", 0, changedSum)
}

// A part of another address is not gone on from.
func TestResumeAnotherAddress(t *testing.T) {
	from, out := t.TempDir(), filepath.Join(t.TempDir(), "f")
	b, _ := data(t, 1, 10_000)
	other, sum := data(t, 2, 10_000)
	write(t, b, from, "a")
	write(t, other, from, "b")
	s := start(t, from)
	get(t, address(s, "/a"), "--out", out, "--stop-after", "5kB")
	if o := get(t, address(s, "/b"), "--out", out, "--resume"); o.Number("offset") != 0 || o.Result["sha256"] != sum {
		t.Errorf("got %v", o.Result)
	}
}

func TestWrongContentNeverGetsTheName(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	b, _ := data(t, 1, 10_000)
	write(t, b, from, "f")
	s := start(t, from)
	o := get(t, address(s, "/f"), "--out", filepath.Join(to, "f"), "--sha256", strings.Repeat("0", 64))
	if o.Error() != nodes.Corrupted || o.Result["sha256"] != "" {
		t.Errorf("got %v", o.Result)
	}
	o = get(t, address(s, "/none"), "--out", filepath.Join(to, "f"))
	if o.Error() != nodes.NotFound || o.Number("status") != 404 {
		t.Errorf("got %v", o.Result)
	}
	if o := get(t, address(s, "/f"), "--out", filepath.Join(to, "f"), "--max", "9999"); o.Error() != nodes.TooBig {
		t.Errorf("got %v", o.Result)
	}
	holds(t, to)
}

func TestExistingFile(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, []byte("new"), from, "f")
	file := write(t, []byte("old"), to, "f")
	s := start(t, from)
	if o := get(t, address(s, "/f"), "--out", file); o.Error() != nodes.Exists {
		t.Errorf("got %v", o.Result)
	}
	hasContent(t, file, []byte("old"))
	if o := get(t, address(s, "/f"), "--out", file, "--overwrite"); o.Error() != "" {
		t.Errorf("got %v", o.Result)
	}
	hasContent(t, file, []byte("new"))
	if o := get(t, address(s, "/f"), "--out", filepath.Join(to, "no", "f")); o.Error() != nodes.NotFound {
		t.Errorf("got %v", o.Result)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, line := range [][]string{
		{"https://bob/f"}, {"bob/f"}, {"http:///f"}, {"http://a:b@bob/f"}, {"ftp://bob/f"}, {"http://bob:x/"}, {"http://bob/%zz"},
		{"http://bob/f", "--resume"}, {"http://bob/f", "--sha256", "abc"},
	} {
		if o := get(t, line[0], line[1:]...); o.Status != nodes.Misused {
			t.Errorf("%q: status %d, %v", line, o.Status, o.Result)
		}
	}
}

func TestNamesAreOfTheHostsFile(t *testing.T) {
	if o := get(t, "http://no-such-host.example/f"); o.Error() != nodes.NotFound {
		t.Errorf("got %v %s", o.Result, o.Stderr)
	}
}

// answering is a server whose answer is a function.
func answering(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL + "/f"
}

func TestStatusWords(t *testing.T) {
	for status, want := range map[int]nodes.Word{
		204: nodes.Failed, 206: nodes.Corrupted, 401: nodes.Denied, 403: nodes.Denied, 404: nodes.NotFound, 410: nodes.NotFound,
		416: nodes.Failed, 418: nodes.Failed, 429: nodes.Refused, 500: nodes.Failed, 503: nodes.Refused,
	} {
		url := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if o := get(t, url); o.Error() != want || o.Number("status") != float64(status) {
			t.Errorf("%d: %v", status, o.Result)
		}
	}
}

func TestRedirects(t *testing.T) {
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		var left int
		switch n, _ := fmt.Sscanf(r.URL.Path, "/f%d", &left); {
		case n == 1 && left > 0:
			http.Redirect(w, r, fmt.Sprintf("/f%d", left-1), http.StatusFound)
		case r.URL.Path == "/fs":
			http.Redirect(w, r, "https://127.0.0.1/f", http.StatusFound)
		case r.URL.Path == "/floop":
			http.Redirect(w, r, "/floop", http.StatusFound)
		default:
			io.WriteString(w, "here")
		}
	})
	if o := get(t, url+"5"); o.Error() != "" || o.Result["sha256"] != hash([]byte("here")) {
		t.Errorf("five: %v %s", o.Result, o.Stderr)
	}
	for _, path := range []string{"6", "loop", "s"} {
		if o := get(t, url+path); o.Error() != nodes.Failed {
			t.Errorf("%s: %v %s", path, o.Result, o.Stderr)
		}
	}
}
