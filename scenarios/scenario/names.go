package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"netsim/nodes"
)

// names is what an expression can refer to.
type names struct {
	own   signature // the fields of the step's own result
	scope *scope
	nodes []string
	as    string // what the step calls its own result
}

// reference is a name, `#` in a predicate, or what is behind one: `routed.rtt.avg`.
func (c *checker) reference(n ast.Node) kind {
	switch n := n.(type) {
	case *ast.PointerNode:
		if n.Name != "" || len(c.element) == 0 {
			return c.fault(n, "unknown name #"+n.Name, "# alone is the value of the list")
		}
		return c.element[len(c.element)-1]
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.MemberNode:
		return c.member(n)
	}
	return c.check(n)
}

// name finds a name: a field of the step's own result, an earlier result, nodes.
func (c *checker) name(n *ast.IdentifierNode) kind {
	if f := field(c.own.fields, n.Value); f != nil {
		return kindOfField(*f)
	}
	if sig, ok := c.scope.results[n.Value]; ok {
		return kind{base: baseObj, fields: sig.fields, open: sig.unknown}
	}
	switch {
	case n.Value == "nodes":
		return c.allNodes()
	case c.own.unknown:
		return of(anything)
	}
	hint := choose(n.Value, c.known())
	if n.Value == c.as {
		hint = n.Value + " is this step's own result: write its fields alone; " + hint
	}
	return c.fault(n, fmt.Sprintf("unknown name %q", n.Value), hint)
}

// known are the names that an expression may begin with.
func (c *checker) known() []string {
	all := fieldNames(c.own.fields)
	return append(append(all, c.scope.order...), "nodes")
}

// allNodes is the object `nodes`: address and MAC of each node by its name.
func (c *checker) allNodes() kind {
	one := []nodes.Field{{Name: "address", Type: nodes.Text}, {Name: "mac", Type: nodes.Text}}
	var all []nodes.Field
	for _, name := range c.nodes {
		all = append(all, nodes.Field{Name: name, Type: nodes.Object, Fields: one})
	}
	return kind{base: baseObj, fields: all}
}

// member is a field of an object or a value of a list.
func (c *checker) member(n *ast.MemberNode) kind {
	of := c.reference(n.Node)
	name, named := n.Property.(*ast.StringNode)
	switch {
	case of.base == anything || of.open:
		return kind{base: anything}
	case of.base == baseList && !named:
		return c.item(n, of)
	case of.base != baseObj:
		return c.fault(n, fmt.Sprintf("%s has no fields", of.base), "")
	case !named:
		return c.fault(n, "a field is named by a text", `nodes["client-1"]`)
	}
	if f := field(of.fields, name.Value); f != nil {
		return kindOfField(*f)
	}
	return c.noField(n, name.Value, of)
}

// item is a value of a list by its number.
func (c *checker) item(n *ast.MemberNode, of kind) kind {
	if k := c.check(n.Property); k.base != basePlain && k.base != baseCount && k.base != anything {
		return c.fault(n.Property, "a value of a list is asked for by its number", "path[0]")
	}
	return *of.elem
}

// noField reports an unknown field. A hyphen in a node's name looks like a minus.
func (c *checker) noField(n ast.Node, name string, of kind) kind {
	valid := fieldNames(of.fields)
	hint := choose(name, valid)
	for _, v := range valid {
		if strings.HasPrefix(v, name+"-") {
			hint = fmt.Sprintf("a name with a hyphen needs brackets: nodes[%q]", v)
			break
		}
	}
	return c.fault(n, fmt.Sprintf("unknown field %q", name), hint)
}

// note remembers what the expression refers to, for the report: of `path[0]`, path.
func (c *checker) note(n ast.Node, k kind) {
	path := pathOf(n)
	if m, ok := n.(*ast.MemberNode); ok && path == nil {
		c.note(m.Node, of(anything))
		return
	}
	same := func(u use) bool { return slices.Equal(u.path, path) }
	if path == nil || slices.ContainsFunc(c.uses, same) {
		return
	}
	u := use{path: path, kind: k}
	if _, earlier := c.scope.results[path[0]]; earlier && field(c.own.fields, path[0]) == nil {
		u.result = path[0]
	}
	c.uses = append(c.uses, u)
}

// pathOf is the names of a reference: routed, rtt, avg; nil for what is none.
func pathOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}
	case *ast.MemberNode:
		before := pathOf(n.Node)
		if s, ok := n.Property.(*ast.StringNode); ok && before != nil {
			return append(before, s.Value)
		}
	}
	return nil
}

func field(fields []nodes.Field, name string) *nodes.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

func fieldNames(fields []nodes.Field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name)
	}
	return all
}
