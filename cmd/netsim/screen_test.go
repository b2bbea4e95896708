package main

import (
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// screen is as much of a terminal as the editor uses: what a person sees of the bytes that
// were written. It never scrolls.
type screen struct {
	width    int
	rows     [][]rune // 0 is the right half of a wide character
	row, col int
	pending  []byte // of a character or sequence that is not whole yet
	strange  string // a sequence that it does not know
}

func (s *screen) Write(b []byte) (int, error) {
	s.pending = append(s.pending, b...)
	for len(s.pending) > 0 {
		n := s.take(string(s.pending))
		if n == 0 {
			break
		}
		s.pending = s.pending[n:]
	}
	return len(b), nil
}

// take does the first character or sequence, and returns its length; 0 when it is not whole.
func (s *screen) take(in string) int {
	if rest, ok := strings.CutPrefix(in, "\x1b["); ok {
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' })
		if end < 0 {
			return 0
		}
		n, _ := strconv.Atoi(rest[:end])
		s.control(rest[end], n)
		return 2 + end + 1
	}
	if in == "\x1b" || len(in) < 3 && in[0] >= 0xe0 || len(in) < 2 && in[0] >= 0xc0 {
		return 0
	}
	r := []rune(in)[0]
	s.put(r)
	return len(string(r))
}

func (s *screen) control(verb byte, n int) {
	switch verb {
	case 'A':
		s.row = max(0, s.row-max(n, 1))
	case 'G':
		s.col = max(n, 1) - 1
	case 'J':
		s.erase()
		s.rows = s.rows[:min(len(s.rows), s.row+1)]
	case 'K':
		s.erase()
	default:
		s.strange = string(verb)
	}
}

// erase is to the end of the row.
func (s *screen) erase() {
	if s.row < len(s.rows) && s.col < len(s.rows[s.row]) {
		s.rows[s.row] = s.rows[s.row][:s.col]
	}
}

func (s *screen) put(r rune) {
	switch r {
	case '\r':
		s.col = 0
	case '\n':
		s.row++
	case '\b':
		s.col = max(0, min(s.col, s.width-1)-1)
	case '\a':
	default:
		if r < ' ' {
			s.strange = strconv.QuoteRune(r)
		}
		s.set(r)
	}
}

// set writes a character; past the last column it goes to the next row, as late as
// terminals do that (auto margin).
func (s *screen) set(r rune) {
	cells := []rune{r}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		cells = []rune{r, 0}
	}
	if s.col+len(cells) > s.width {
		s.row, s.col = s.row+1, 0
	}
	for len(s.rows) <= s.row {
		s.rows = append(s.rows, nil)
	}
	row := s.rows[s.row]
	for len(row) < s.col+len(cells) {
		row = append(row, ' ')
	}
	copy(row[s.col:], cells)
	s.rows[s.row] = row
	s.col += len(cells)
}

// String is the rows, without the blanks at their ends.
func (s *screen) String() string {
	var out strings.Builder
	for _, row := range s.rows {
		out.WriteString(strings.TrimRight(strings.ReplaceAll(string(row), "\x00", ""), " ") + "\n")
	}
	return strings.TrimRight(out.String(), "\n")
}
