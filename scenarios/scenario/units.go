package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"netsim/nodes"
)

// literal is a number with a unit in an expression: 40ms, 10%, 1MiB, 10mbit.
type literal struct {
	kind  kind
	value float64
	whole bool // an integer: sizes and rates
}

// fault is a mistake in an expression, at a character counted from 0.
type fault struct {
	offset        int
	message, hint string
}

// fieldOfNumber is what nodes.client-1.address has behind its minus.
var fieldOfNumber = regexp.MustCompile(`^[0-9]+\.[A-Za-z]`)

var plainNumber = regexp.MustCompile(`^[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// takeUnits replaces the units of an expression with blanks, so that what is left is an
// expression of expr-lang with every character in its place, and returns what the numbers
// stand for, by where they begin.
//
//	latency.p99 < 40ms and loss <= 10%
//	latency.p99 < 40   and loss <= 10         14 → 40ms, 31 → 10%
func takeUnits(text string) (string, map[int]literal, []fault) {
	u := unitReader{text: []rune(text), literals: map[int]literal{}}
	for u.at < len(u.text) {
		u.next()
	}
	return string(u.text), u.literals, u.faults
}

type unitReader struct {
	text     []rune
	at       int
	literals map[int]literal
	faults   []fault
}

// next skips a text, a word or a sign, or reads a number.
func (u *unitReader) next() {
	c := u.text[u.at]
	switch {
	case c == '"' || c == '\'' || c == '`':
		u.skipText(c)
	case c >= '0' && c <= '9':
		u.number()
	case isWordRune(c):
		for u.at < len(u.text) && isWordRune(u.text[u.at]) {
			u.at++
		}
	default:
		u.at++
	}
}

func (u *unitReader) skipText(quote rune) {
	for u.at++; u.at < len(u.text) && u.text[u.at] != quote; u.at++ {
		if u.text[u.at] == '\\' && quote != '`' {
			u.at++
		}
	}
	u.at++
}

func (u *unitReader) number() {
	begin := u.at
	u.at = u.endOfNumber()
	text := string(u.text[begin:u.at])
	if plainNumber.MatchString(text) {
		return
	}
	l, ok := parseLiteral(text)
	if !ok {
		hint := "units: 40ms, 2s, 10%, 1500B, 10MB, 1MiB, 10mbit"
		if fieldOfNumber.MatchString(text) {
			hint = `a name with a hyphen needs brackets: nodes["client-1"].address`
		}
		u.faults = append(u.faults, fault{begin, fmt.Sprintf("not a number: %q", text), hint})
	}
	u.literals[begin] = l
	u.blank(begin)
}

// endOfNumber is behind digits, points, letters, the sign of an exponent, and a %.
func (u *unitReader) endOfNumber() int {
	i := u.at
	for i < len(u.text) && (isWordRune(u.text[i]) || u.text[i] == '.' || isExponentSign(u.text[u.at:], i-u.at)) {
		i++
	}
	if i < len(u.text) && u.text[i] == '%' {
		i++
	}
	return i
}

// isExponentSign tells the - of 1e-3 from that of 40ms-x.
func isExponentSign(number []rune, i int) bool {
	if i < 2 || number[i] != '+' && number[i] != '-' || number[i-1] != 'e' && number[i-1] != 'E' {
		return false
	}
	return strings.Trim(string(number[:i-1]), "0123456789._") == ""
}

// blank leaves the digits that a literal begins with, and writes blanks over the rest.
func (u *unitReader) blank(begin int) {
	i := begin
	for i < u.at && u.text[i] >= '0' && u.text[i] <= '9' {
		i++
	}
	// A number may be too long for expr-lang, which only has to step over it.
	for i = min(i, begin+1); i < u.at; i++ {
		u.text[i] = ' '
	}
}

func isWordRune(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) }

// parseLiteral reads a number with a unit. Ratios may be above 100% here: they are
// also factors.
func parseLiteral(text string) (literal, bool) {
	if digits, ok := strings.CutSuffix(text, "%"); ok {
		r, err := strconv.ParseFloat(digits+"e-2", 64) // rounds once: 0.1% is exactly 0.001
		return literal{kind: of(baseRatio), value: r}, err == nil && plainNumber.MatchString(digits)
	}
	if d, err := nodes.ParseDuration(text); err == nil {
		return literal{kind: of(baseTime), value: d.Seconds()}, true
	}
	if n, err := nodes.ParseSize(text); err == nil {
		return literal{kind: of(baseSize), value: float64(n), whole: true}, true
	}
	if n, err := nodes.ParseRate(text); err == nil {
		return literal{kind: of(baseRate), value: float64(n), whole: true}, true
	}
	return literal{kind: of(anything)}, false
}
