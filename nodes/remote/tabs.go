package remote

import (
	"strings"

	"golang.org/x/text/width"
)

// expandTabs writes blanks for tabs, as a terminal does with its stops at every eighth column: it is not
// trusted with control characters, and columns should stay columns.
func expandTabs(s string) string {
	const every = 8
	if !strings.Contains(s, "\t") {
		return s
	}
	var out strings.Builder
	column := 0
	for _, r := range s {
		switch r {
		case '\t':
			n := every - column%every
			out.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		case '\n':
			column = 0
		default:
			column += columns(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// columns is how wide a character is: Chinese ones take two.
func columns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
