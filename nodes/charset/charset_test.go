package charset_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"netsim/nodes"
	"netsim/nodes/charset"
)

func TestBytes(t *testing.T) {
	for _, x := range []struct {
		encoding charset.Encoding
		text     string
		want     string
	}{
		{"", "你好, world", "\xe4\xbd\xa0\xe5\xa5\xbd, world"},
		{charset.UTF8, "héllo", "h\xc3\xa9llo"},
		{charset.GBK, "你好, world", "\xc4\xe3\xba\xc3, world"},
		{charset.GB2312, "你好", "\xc4\xe3\xba\xc3"},
		{charset.GBK, "鎔", "\xe6\x67"}, // in GBK alone
	} {
		b, err := x.encoding.Encode(x.text)
		if string(b) != x.want || err != nil {
			t.Errorf("%s %q: % x, %v", x.encoding, x.text, b, err)
		}
		if back := x.encoding.Decode(b); back != x.text || !x.encoding.Valid(b) {
			t.Errorf("%s % x: %q", x.encoding, b, back)
		}
	}
}

func TestCharactersThatThereAreNot(t *testing.T) {
	for _, x := range []struct {
		encoding charset.Encoding
		text     string
	}{{charset.GBK, "🐧"}, {charset.GB2312, "鎔"}, {charset.GB2312, "€"}} {
		if b, err := x.encoding.Encode(x.text); nodes.WordOf(err) != nodes.Corrupted {
			t.Errorf("%s %q: % x, %v", x.encoding, x.text, b, err)
		}
	}
	for _, e := range charset.Names() {
		if charset.Encoding(e).Valid([]byte("a\xff\xffb")) {
			t.Errorf("%s: two bytes FF are valid", e)
		}
	}
}

// Python's codecs and ours agree on every Chinese character of the basic plane.
func TestAgainstPython(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	for _, e := range []charset.Encoding{charset.GBK, charset.GB2312} {
		script := fmt.Sprintf(`import sys
for c in range(0x4e00, 0x9fa6):
    sys.stdout.write(chr(c).encode(%q, "ignore").hex() + "\n")`, string(e))
		out, err := exec.Command("python3", "-c", script).Output()
		if err != nil {
			t.Fatal(err)
		}
		r := rune(0x4e00)
		for line := range strings.Lines(string(out)) {
			b, err := e.Encode(string(r))
			if want := strings.TrimSpace(line); fmt.Sprintf("%x", b) != want || (err == nil) != (want != "") {
				t.Errorf("%s %q: % x, %v; Python has %q", e, r, b, err, want)
			}
			r++
		}
		if r != 0x9fa6 {
			t.Errorf("Python told of %d characters", r-0x4e00)
		}
	}
}

func TestCut(t *testing.T) {
	for n, want := range []string{"", "a", "a", "a", "a你", "a你", "a你"} {
		if got := charset.Cut([]byte("a你好"), n); string(got) != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for what, b := range map[string]string{"only later bytes": "\x80\x80\x80\x80\x80", "never UTF-8": "a\xff\xff\xff\xff", "text and later bytes": "a\x80\x80\x80\x80"} {
		if got := charset.Cut([]byte(b), 4); string(got) != b[:4] {
			t.Errorf("%s: %q", what, got)
		}
	}
	if got := charset.Cut([]byte("ab"), 5); string(got) != "ab" {
		t.Errorf("got %q", got)
	}
}

// FuzzDecode: whatever comes, text is UTF-8, and what is valid comes back from Encode.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"hello", "\xc4\xe3\xba\xc3", // 你好 in GBK
		"\xe4\xbd\xa0", // 你 in UTF-8
		"\xc4",         // half a character
		"\x80", "\xff", // no characters
		"\xa1\xa4\xa1\xaa", // where GBK and GB 2312 differ
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range charset.Names() {
			e := charset.Encoding(name)
			text := e.Decode(b)
			if !utf8.ValidString(text) {
				t.Fatalf("%s: %q is not UTF-8", e, text)
			}
			if again, err := e.Encode(text); e == charset.UTF8 && e.Valid(b) && (err != nil || !bytes.Equal(again, b)) {
				t.Fatalf("%s: % x came back as % x, %v", e, b, again, err)
			}
		}
	})
}

// Only a last character that is cut is left out; what is none stays, so that something can be shown of it.
func TestCutOfWhatIsNoText(t *testing.T) {
	for text, want := range map[string]string{
		"abcdef": "abcd", "abc你": "abc", "a你bc": "a你", "\x80\x81\x82\x83\x84\x85": "\x80\x81\x82\x83", "\xff\xff\xff\xff\xff": "\xff\xff\xff\xff", "abc": "abc",
	} {
		if got := charset.Cut([]byte(text), 4); string(got) != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
