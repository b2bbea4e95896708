package scenario

import (
	"errors"
	"unicode"
)

// word is one word of a command, and where it begins in the command's text, in characters.
type word struct {
	text   string
	offset int
}

// splitWords splits a command as a POSIX shell does (XCU 2.2), without anything else that
// a shell does: blanks separate, '…' takes all as it is, in "…" a backslash escapes " and \,
// outside it escapes any character. Nothing is expanded.
func splitWords(text string) ([]word, error) {
	s := splitter{}
	for i, c := range []rune(text) {
		s.next(i, c)
	}
	switch {
	case s.quote != 0:
		return nil, errors.New("a quote that is not closed: " + string(s.quote))
	case s.escaped:
		return nil, errors.New(`a backslash with nothing after it`)
	}
	s.end()
	return s.words, nil
}

type splitter struct {
	words   []word
	current []rune
	open    bool // a word has begun, be it empty ('')
	offset  int
	quote   rune
	escaped bool
}

func (s *splitter) next(i int, c rune) {
	if !s.open && (s.quote != 0 || s.escaped || !unicode.IsSpace(c)) {
		s.open, s.offset = true, i
	}
	switch {
	case s.escaped:
		s.unescape(c)
	case c == '\\' && s.quote != '\'':
		s.escaped = true
	case c == s.quote:
		s.quote = 0
	case s.quote != 0:
		s.current = append(s.current, c)
	case c == '"' || c == '\'':
		s.quote = c
	case unicode.IsSpace(c):
		s.end()
	default:
		s.current = append(s.current, c)
	}
}

func (s *splitter) unescape(c rune) {
	if s.quote == '"' && c != '"' && c != '\\' {
		s.current = append(s.current, '\\')
	}
	s.current = append(s.current, c)
	s.escaped = false
}

func (s *splitter) end() {
	if s.open {
		s.words = append(s.words, word{string(s.current), s.offset})
	}
	s.current, s.open = nil, false
}

func texts(words []word) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = w.text
	}
	return all
}
