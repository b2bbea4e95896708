package remote

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"netsim/nodes"
)

// Bounds of a list and of a command.
const (
	maxList    = 1 << 20 // bytes of a list's file
	maxWords   = 64
	maxCommand = 4 << 10 // bytes of a command, all words
)

// list is the commands that may be run.
type list [][]string

// defaultList reads a few things and changes nothing.
func defaultList() list {
	return list{
		{"date"}, {"hostname"}, {"uname", "-a"},
		{"netsim", "node", "show", "addresses"}, {"netsim", "node", "show", "routes"},
	}
}

func defaultNames() string {
	var names []string
	for _, command := range defaultList() {
		names = append(names, strings.Join(command, " "))
	}
	return strings.Join(names, ", ")
}

// readList reads a list's file; "" is the default one.
func readList(file string) (list, error) {
	if file == "" {
		return defaultList(), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err == nil && len(text) > maxList {
		err = nodes.Failf(nodes.TooBig, "%s: at most %d bytes", file, maxList)
	}
	if err != nil {
		return nil, err
	}
	return parseList(file, string(bytes.TrimPrefix(text, []byte("\uFEFF"))))
}

// parseList reads the text of a list. An error says file and line.
func parseList(file, text string) (list, error) {
	var l list
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		words, err := split(line)
		if err == nil {
			err = checkText(line)
		}
		if err != nil {
			return nil, nodes.Failf(nodes.Failed, "%s:%d: %v", file, number, err)
		}
		if len(words) > 0 {
			l = append(l, words)
		}
	}
	return l, nil
}

// has says whether the command is on the list, word for word.
func (l list) has(command []string) bool {
	return slices.ContainsFunc(l, func(c []string) bool { return slices.Equal(c, command) })
}

// split makes words of a line: blanks part them, and '…' or "…" keeps what is inside together as it is;
// nothing is an escape. The error is a *nodes.Failure, corrupted.
func split(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" {
			return words, nil
		}
		word, rest, err := nextWord(line)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), rest
	}
}

const blanks = " \t\r\n"

// nextWord is the word that a line begins with, and what follows it.
func nextWord(line string) (word, rest string, err error) {
	for line != "" && !strings.ContainsRune(blanks, rune(line[0])) {
		quote := line[0]
		if quote != '\'' && quote != '"' {
			n := len(line)
			if i := strings.IndexAny(line, blanks+`'"`); i >= 0 {
				n = i
			}
			word, line = word+line[:n], line[n:]
			continue
		}
		inside, after, closed := strings.Cut(line[1:], string(quote))
		if !closed {
			return "", "", nodes.Failf(nodes.Corrupted, "the quote %c is not closed", quote)
		}
		word, line = word+inside, after
	}
	return word, line, nil
}

// checkText says whether a command is UTF-8. Neither is U+FFFD taken, which stands for what is none: on its way through
// JSON another command could become the same.
func checkText(text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) {
		return nodes.Failf(nodes.Corrupted, "a command is UTF-8, not %.60q", text)
	}
	return nil
}

// checkCommand holds a command against its bounds.
func checkCommand(words []string) error {
	size := 0
	for _, w := range words {
		size += len(w)
		if err := checkText(w); err != nil {
			return err
		}
	}
	if len(words) == 0 || len(words) > maxWords || size > maxCommand {
		return nodes.Failf(nodes.TooBig, "a command has 1 to %d words and at most %d bytes, not %d words and %d bytes", maxWords, maxCommand, len(words), size)
	}
	return nil
}
