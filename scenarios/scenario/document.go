package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document reads the YAML text into its one mapping, or returns nil. What YAML can do and
// scenarios do not need (anchors, tags, several documents) is refused here, for the whole
// tree at once.
func (r *reader) document(data []byte) *yaml.Node {
	switch {
	case len(data) > MaxSize:
		r.mistake(Position{1, 1}, fmt.Sprintf("the file is larger than %d bytes", MaxSize), "a scenario is at most 1 MiB")
		return nil
	case !utf8.Valid(data):
		r.mistake(invalidPosition(data), "the text is not UTF-8", "save the file as UTF-8")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if errors.Is(err, io.EOF) {
		r.mistake(Position{1, 1}, "the file is empty", "a scenario begins with its name: `name: first-try`")
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := decoder.Decode(&second); err == nil {
		r.mistake(Position{second.Line, second.Column}, "a second document", "a file holds one scenario: remove the line ---")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
	return r.root(&first)
}

func (r *reader) root(document *yaml.Node) *yaml.Node {
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		r.wrong(root, "a scenario is a list of keys and values, not "+kindOf(root), "it begins with its name: `name: first-try`")
		return nil
	}
	r.structure(root)
	return root
}

// structure refuses anchors, aliases, tags, and keys that are given twice or are not text.
func (r *reader) structure(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.wrong(n, "an alias: *"+n.Value, "scenarios have no anchors and aliases: write the value out, or quote a text that begins with *")
		return
	case n.Anchor != "":
		r.wrong(n, "an anchor: &"+n.Anchor, "scenarios have no anchors and aliases: write the value out, or quote a text that begins with &")
	case n.Style&yaml.TaggedStyle != 0:
		r.wrong(n, "a tag: "+n.Tag, "scenarios have no tags; in an expression write not instead of !, or quote the text")
	}
	if n.Kind == yaml.MappingNode {
		r.keys(n)
	}
	for _, c := range n.Content {
		r.structure(c)
	}
}

func (r *reader) keys(n *yaml.Node) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			r.wrong(key, "a key is "+kindOf(key), "keys are text")
			continue
		}
		if line, twice := first[key.Value]; twice {
			r.wrong(key, fmt.Sprintf("the key %q is given twice", key.Value), fmt.Sprintf("the first one is on line %d", line))
			continue
		}
		first[key.Value] = key.Line
	}
}

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// syntax turns an error of the YAML reader into a mistake.
func (r *reader) syntax(err error) {
	line, message := 1, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	if found := r.brokenLine(); found > 0 {
		line = found
	}
	line = min(max(line, 1), len(r.lines))
	text := r.lines[line-1]
	column := len(text) - len(strings.TrimLeft(text, " \t")) + 1
	before := ""
	if line > 1 {
		before = r.lines[line-2]
	}
	r.mistake(Position{line, column}, "not YAML: "+message, syntaxHint(message, text, before))
}

// brokenLine finds the line that breaks the file: the first one behind the longest
// beginning that is YAML. (The YAML reader tells at best where the block begins that is
// broken.) 0 means that it would take too long to find.
func (r *reader) brokenLine() int {
	budget := MaxSize // bytes to be read in all
	for n := len(r.lines) - 1; n >= 0; n-- {
		beginning := strings.Join(r.lines[:n], "\n")
		if budget -= len(beginning); budget < 0 {
			return 0
		}
		var ignored yaml.Node
		if yaml.Unmarshal([]byte(beginning), &ignored) == nil {
			return n + 1
		}
	}
	return 0
}

// tightColon is a key whose value follows without a blank: alice:office.
var tightColon = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+):([^\s:].*)$`)

func syntaxHint(message, line, before string) string {
	notAllowed := strings.Contains(message, "mapping values are not allowed")
	switch {
	case strings.Contains(line, "\t"):
		return "indent with spaces: YAML takes no tabs"
	case notAllowed && tightColon.MatchString(before):
		return "the line before it needs a blank after the colon: " + tightColon.ReplaceAllString(strings.TrimSpace(before), "$1: $2")
	case notAllowed && indent(line) > indent(before):
		return "this line is indented more than the one before it, which has a value already; a new step begins with a hyphen"
	case strings.Contains(message, "mapping values are not allowed"):
		return `a text with ": " in it needs quotes: 'error == "a: b"'`
	case strings.Contains(message, "did not find expected"), strings.Contains(message, "end of stream"):
		return "look for a quote or bracket that is not closed, or lines that are not indented alike"
	}
	return ""
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// invalidPosition is where the first byte stands that is not UTF-8.
func invalidPosition(data []byte) Position {
	p := Position{1, 1}
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		if c == utf8.RuneError && size == 1 {
			break
		}
		p.Column++
		if c == '\n' {
			p = Position{p.Line + 1, 1}
		}
		data = data[size:]
	}
	return p
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if isEmpty(n) {
		return "empty"
	}
	return "the text " + strconv.Quote(shortened(n.Value))
}

// shortened is the beginning of a text, for messages.
func shortened(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// isEmpty says whether there is nothing after the key.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0
}
