package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"netsim/nodes/charset"
)

// What the room's datagrams are made of.
const (
	between   = " : "        // between a member's name and what it says
	hasJoined = " 进入聊天室..."  // after a name
	hasLeft   = " 离开了聊天室..." // after a name
	farewell  = "exit"
)

// split parts a datagram into who says it and what: at the first " : ", or behind the
// name where that is known and the datagram begins with it. Without one, nobody says it.
func split(text, name string) (from, what string) {
	if rest, ok := strings.CutPrefix(text, name+between); ok && name != "" {
		return name, rest
	}
	if from, what, ok := strings.Cut(text, between); ok {
		return from, what
	}
	return "", text
}

// isFarewell says whether a datagram ends a membership. A message that only has the word
// in it does not.
func isFarewell(text, name string) bool {
	if !strings.Contains(text, between) {
		return false
	}
	_, what := split(text, name)
	return strings.EqualFold(strings.TrimSpace(what), farewell)
}

// nameOf is the name that a first datagram gives. A line end after it is not part of it:
// tools such as nc send lines.
func nameOf(b []byte) (name string, cut, ok bool) {
	text := strings.TrimRight(string(b), "\r\n")
	short := charset.Cut([]byte(text), maxName)
	if len(short) == 0 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || isFarewell(text, "") {
		return "", false, false
	}
	return string(short), len(short) < len(text), true
}

// messages are the datagrams by which a member says a line: one, unless it is too long.
func messages(name, line string) [][]byte {
	room := maxText - len(name) - len(between)
	rest := []byte(strings.ToValidUTF8(line, "\uFFFD"))
	var all [][]byte
	for {
		part := charset.Cut(rest, room)
		all = append(all, []byte(name+between+string(part)))
		if rest = rest[len(part):]; len(rest) == 0 {
			return all
		}
	}
}

// heard is what a datagram from the room tells a member.
type heard struct {
	event string // joined, left or message
	name  string // whom it is about; "" where it does not say
	text  string // of a message
}

func hear(text string) heard {
	if name, ok := strings.CutSuffix(text, hasJoined); ok && !strings.Contains(name, between) {
		return heard{event: "joined", name: name}
	}
	if name, ok := strings.CutSuffix(text, hasLeft); ok && !strings.Contains(name, between) {
		return heard{event: "left", name: name}
	}
	from, what := split(text, "")
	return heard{event: "message", name: from, text: what}
}
