package echo

import (
	"strings"
	"testing"
)

// Whatever way the network cuts a text, the answer is the same.
func TestUpperIsNotCut(t *testing.T) {
	const text = "hello, grüße, 世界, 😀 \xff\xfe ok"
	for size := 1; size <= len(text); size++ {
		u := upper{on: true}
		var out []byte
		for in := []byte(text); len(in) > 0; {
			n := min(size, len(in))
			out = u.add(out, in[:n])
			in = in[n:]
		}
		out = u.end(out)
		const want = "HELLO, GRÜSSE, 世界, 😀 \xff\xfe OK"
		if got := strings.ReplaceAll(string(out), "ß", "SS"); got != want {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}

func TestUpperKeepsAHalfLetterAtTheEnd(t *testing.T) {
	u := upper{on: true}
	out := u.end(u.add(nil, []byte("a\xe4\xb8")))
	if string(out) != "A\xe4\xb8" {
		t.Errorf("got %q", out)
	}
}
