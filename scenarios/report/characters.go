package report

import (
	"strings"
	"unicode"
)

// clean replaces what a terminal would obey and XML 1.0 cannot hold: what programs
// write must not move the cursor, nor break a report.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// pad is the blanks that a text needs to be so many columns wide.
func pad(s string, columns int) string { return strings.Repeat(" ", max(0, columns-width(s))) }

// width is how many columns a text takes on a terminal: Chinese, Japanese and Korean
// characters take two (Unicode Standard Annex 11).
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x3000 && r <= 0x303F || r >= 0xFF01 && r <= 0xFF60 {
			n++
		}
	}
	return n
}
