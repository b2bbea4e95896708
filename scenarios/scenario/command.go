package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"netsim/nodes"
	"netsim/topology"
)

// command is what a step runs on a node.
type command struct {
	node  string
	argv  []string
	env   []string
	stdin string
	call  *nodes.Call // of a program of netsim's own; nil for any other
	image bool        // the host's own image, which argv names
}

// String is the command as a person would type it.
func (c *command) String() string { return strings.Join(c.argv, " ") }

// order is the command as a World takes it.
func (c *command) order() topology.Command {
	return topology.Command{Program: c.call != nil, Image: c.image, Args: c.argv, Env: c.env}
}

// signature is the fields of the result that the command will have.
func (c *command) signature() signature {
	if c.call != nil {
		return signature{fields: c.call.Form.ResultFields()}
	}
	return signature{fields: execFields()}
}

// hosts are the arguments of the command that name a node or address.
func (c *command) hosts() []string {
	if c.call == nil {
		return nil
	}
	var all []string
	for _, a := range c.call.Form.Args {
		if a.Type == nodes.Host {
			all = append(all, c.call.Args(a.Name)...)
		}
	}
	for _, f := range c.call.Form.Flags {
		if f.Type == nodes.Host && c.call.Has(f.Name) {
			all = append(all, c.call.Text(f.Name))
		}
	}
	return all
}

// programCommand reads the text of a `run:`. nil means that it has mistakes.
func (r *reader) programCommand(node string, n *yaml.Node) *command {
	text, ok := r.text(n, "the command")
	if !ok {
		return nil
	}
	words, err := splitWords(text)
	if err != nil {
		r.wrong(n, err.Error(), `write '…' around a word with blanks, and \' for a quote itself`)
		return nil
	}
	call, err := r.programs.Find(texts(words))
	if err != nil {
		r.usage(n, words, err)
		return nil
	}
	c := &command{node: node, argv: texts(words), call: call}
	if !r.checkHosts(n, words, c) {
		return nil
	}
	return c
}

// usage reports a wrong command line, at the word that is wrong where it can be told.
func (r *reader) usage(n *yaml.Node, words []word, err error) {
	message, hint := err.Error(), ""
	var u *nodes.UsageError
	if errors.As(err, &u) {
		message, hint = u.Message, u.Hint
	}
	offset := 0
	for _, w := range words {
		name, _, _ := strings.Cut(w.text, "=")
		isFlag := strings.HasPrefix(w.text, "-") && strings.Contains(message, name)
		if isFlag || strings.Contains(message, strconv.Quote(w.text)) {
			offset = w.offset
		}
	}
	r.mistake(r.inside(n, offset), message, hint)
}

// checkHosts refuses arguments that name no node.
func (r *reader) checkHosts(n *yaml.Node, words []word, c *command) bool {
	good := true
	for _, host := range c.hosts() {
		message, hint := r.checkHost(host)
		if message == "" {
			continue
		}
		good = false
		i := slices.IndexFunc(words, func(w word) bool { return w.text == host })
		r.mistake(r.inside(n, words[max(i, 0)].offset), message, hint)
	}
	return good
}

// checkHost says what is wrong with a host argument: it must be a node, NODE.NETWORK, or
// an IPv4 address.
func (r *reader) checkHost(host string) (message, hint string) {
	if a, err := netip.ParseAddr(host); err == nil {
		if !a.Is4() {
			return fmt.Sprintf("%s is not an IPv4 address", host), "networks are IPv4"
		}
		return "", ""
	}
	node, network, qualified := strings.Cut(host, ".")
	networks, known := r.nodes[node]
	switch {
	case !known:
		return fmt.Sprintf("there is no node %q", node), choose(node, r.nodeNames)
	case qualified && !slices.Contains(networks, network):
		return fmt.Sprintf("%s is not on a network %q", node, network), choose(network, networks)
	}
	return "", ""
}

// argvCommand reads the list of an `exec:`.
func (r *reader) argvCommand(node string, n *yaml.Node) *command {
	argv := r.words(n, "exec", "[ls, -l]")
	if argv == nil {
		return nil
	}
	return &command{node: node, argv: argv}
}

// words reads a list of words, of which the first is a program.
func (r *reader) words(n *yaml.Node, what, example string) []string {
	items := r.sequence(n, what, example)
	var words []string
	for _, item := range items {
		if item.Kind == yaml.ScalarNode {
			words = append(words, item.Value)
		} else {
			r.text(item, "the word")
		}
	}
	switch {
	case n != nil && n.Kind == yaml.SequenceNode && len(items) == 0:
		r.wrong(n, what+" has no words", "a list is needed here: "+example)
	case len(words) > 0 && words[0] == "":
		r.wrong(items[0], "the program's name is empty", "a list is needed here: "+example)
	}
	return words
}

// node reads the name of a node.
func (r *reader) node(n *yaml.Node, what string) string {
	text, ok := r.text(n, what)
	if _, known := r.nodes[text]; ok && !known {
		r.wrong(n, fmt.Sprintf("there is no node %q", text), choose(text, r.nodeNames))
	}
	return text
}

// environment reads `env: { LANG: C }` as LANG=C.
func (r *reader) environment(n *yaml.Node) []string {
	var all []string
	for _, e := range r.entries(n, "env") {
		if e.key.Value == "" || strings.ContainsAny(e.key.Value, "=\x00") {
			r.wrong(e.key, fmt.Sprintf("%q is not a name of a variable", e.key.Value), "a name without =")
		}
		if e.value.Kind != yaml.ScalarNode || strings.Contains(e.value.Value, "\x00") {
			r.wrong(e.value, "the variable "+e.key.Value+" is "+kindOf(e.value), "one text is needed here")
			continue
		}
		all = append(all, e.key.Value+"="+e.value.Value)
	}
	return all
}
