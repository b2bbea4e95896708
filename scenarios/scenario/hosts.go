package scenario

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"netsim/nodes"
	"netsim/topology"
)

// largestFile bounds what `files:` may ask for, in bytes.
const largestFile = 1 << 30

// host is a host of the file, and its commands, which are read once all nodes are known.
type host struct {
	topology.Host
	image *image // nil: none
	run   *yaml.Node
	sound bool // good enough for Resolve to look at
}

// names are the nodes that the entry stands for.
func (h *host) names() []string {
	if h.Count == 0 {
		return []string{h.Name}
	}
	names := make([]string, h.Count)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d", h.Name, i+1)
	}
	return names
}

// readHosts reads `hosts: { alice: office }`.
func (r *reader) readHosts(n *yaml.Node) []*host {
	var all []*host
	for _, e := range r.entries(n, "hosts") {
		name := e.key.Value
		r.place(e.key, "hosts", name)
		found := len(r.mistakes)
		h := r.host(name, e.value)
		h.sound = len(h.Attachments) > 0 || len(r.mistakes) == found
		for _, node := range h.names() {
			r.addNode(node, h.Attachments)
		}
		if r.tooMany {
			return nil
		}
		all = append(all, h)
	}
	return all
}

func (r *reader) host(name string, n *yaml.Node) *host {
	h := &host{Host: topology.Host{Name: name}}
	path := []string{"hosts", name}
	if n.Kind != yaml.MappingNode {
		h.Attachments = r.attachments(n, path)
		return h
	}
	f := r.object(n, "host "+name, "networks", "gateway", "routes", "run", "files", "image", "command", "count", "link")
	r.placeFields(f, path...)
	h.Attachments = r.attachments(f["networks"], path)
	h.Gateway, _ = r.text(f["gateway"], "gateway")
	h.Routes = r.routes(f["routes"], path)
	h.Link = r.link(f["link"], "hosts", name, "link")
	h.Files = r.files(name, f["files"])
	h.run = f["run"]
	if h.image = r.image(f); h.image != nil {
		h.Image = h.image.name
	}
	if f["count"] != nil {
		h.Count = r.number(f["count"], "count", 1, topology.MaxNodes)
	}
	return h
}

// files reads `files: { motd.txt: "hello", firmware.bin: { size: 10MB, seed: 3 }, data.csv: { from: ./data.csv } }`.
func (r *reader) files(host string, n *yaml.Node) []topology.File {
	var all []topology.File
	for _, e := range r.entries(n, "files") {
		file := topology.File{Name: e.key.Value}
		if file.Name == "" || file.Name == "." || file.Name == ".." || len(file.Name) > 255 || strings.ContainsAny(file.Name, "/\x00") {
			r.wrong(e.key, fmt.Sprintf("%q is not a name for a file", file.Name), "one name without slashes: files are put into the host's working directory")
		}
		if e.value.Kind == yaml.MappingNode {
			r.madeFile(host, e.value, &file)
		} else if text, ok := r.text(e.value, "the file "+file.Name); ok {
			file.Text = &text
		}
		all = append(all, file)
	}
	return all
}

// madeFile reads a file of which only size and seed are given, or where it is.
func (r *reader) madeFile(host string, n *yaml.Node, file *topology.File) {
	f := r.object(n, "the file "+file.Name, "size", "seed", "from")
	file.Seed = r.seed(f["seed"], r.file.Topology.Seed)
	if f["seed"] == nil && f["from"] == nil {
		r.file.seeded = append(r.file.seeded, seeded{host, file.Name})
	}
	switch from := f["from"]; {
	case from != nil && (f["size"] != nil || f["seed"] != nil):
		r.wrong(from, "the file "+file.Name+" has a from and a size or seed", "from: PATH takes a file of this machine as it is; size and seed make one")
		return
	case from != nil:
		file.From, _ = r.text(from, "from")
		r.file.sources = append(r.file.sources, source{Position{from.Line, from.Column}, host, file.Name, file.From})
		return
	case f["size"] == nil:
		r.wrong(n, "the file "+file.Name+" has no size", "{ size: 10MB }, { from: ./PATH }, or a text in place of the braces")
		return
	}
	text, ok := r.text(f["size"], "size")
	if !ok {
		return
	}
	size, err := nodes.ParseSize(text)
	if err != nil || size > largestFile {
		r.wrong(f["size"], fmt.Sprintf("size: not a size that fits: %q", text), nodes.Size.Typed()+", at most 1GiB")
	}
	file.Size = size
}
