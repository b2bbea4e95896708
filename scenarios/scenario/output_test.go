package scenario

import (
	"fmt"
	"strings"
	"testing"
)

// A text is found as soon as it is there, in whatever pieces it comes.
func TestFinder(t *testing.T) {
	var out text
	f := finder{sought: "listening"}
	for i, piece := range []string{"port 9: lis", "ten", "in", "g> "} {
		out.add([]byte(piece))
		if got := f.in(&out); got != (i == 3) {
			t.Errorf("after %q: %v", out.beginning, got)
		}
	}
}

// Of much output the beginning is kept, and the last lines.
func TestText(t *testing.T) {
	var out text
	for i := range 300_000 {
		out.add(fmt.Appendf(nil, "line %d\n", i))
	}
	if len(out.beginning) != longestText || !strings.HasPrefix(string(out.beginning), "line 0\n") {
		t.Errorf("%d bytes: %.20q", len(out.beginning), out.beginning)
	}
	if got := lastLines(string(out.end), 2); fmt.Sprint(got) != "[line 299998 line 299999]" || len(out.end) > 3*longestEnd {
		t.Errorf("%q of %d bytes", got, len(out.end))
	}
}
