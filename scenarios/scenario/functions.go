package scenario

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// function is one that expressions may call. plausible is this package's own, the others
// are expr-lang's.
type function struct {
	name  string
	usage string
	least int // arguments
	most  int
	check func(c *checker, n ast.Node, args []ast.Node) kind
}

func functions() []function {
	return []function{
		{"len", "len(path)", 1, 1, checkLen},
		{"all", "all(routes, .metric == 0)", 2, 2, checkPredicate},
		{"any", "any(routes, .metric == 0)", 2, 2, checkPredicate},
		{"none", "none(routes, .metric == 0)", 2, 2, checkPredicate},
		{"count", "count(lost_packets, # > 10)", 2, 2, checkCount},
		{"filter", "filter(routes, .metric == 0)", 2, 2, checkFilter},
		{"map", "map(routes, .via)", 2, 2, checkMap},
		{"abs", "abs(a.ttl - b.ttl)", 1, 1, checkAbs},
		{"min", "min(a.rtt.avg, b.rtt.avg)", 1, 20, checkExtreme},
		{"max", "max(a.rtt.avg, b.rtt.avg)", 1, 20, checkExtreme},
		{"plausible", "plausible(lost, sent, 10%)", 3, 3, checkPlausible},
	}
}

// call is the call of a name that expr-lang has no function for.
func (c *checker) call(n *ast.CallNode) kind {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.fault(n, "only functions can be called", functionHint(""))
	}
	return c.function(n, name.Value, n.Arguments)
}

func (c *checker) function(n ast.Node, name string, args []ast.Node) kind {
	for _, f := range functions() {
		switch {
		case f.name != name:
		case len(args) < f.least || len(args) > f.most:
			return c.fault(n, fmt.Sprintf("%s does not take %d arguments", name, len(args)), f.usage)
		default:
			return f.check(c, n, args)
		}
	}
	return c.fault(n, fmt.Sprintf("unknown function %q", name), functionHint(name))
}

func functionHint(name string) string {
	var all []string
	for _, f := range functions() {
		all = append(all, f.name)
	}
	return choose(name, all)
}

func checkLen(c *checker, n ast.Node, args []ast.Node) kind {
	k := c.check(args[0])
	if k.base != baseList && k.base != baseText && k.base != anything {
		return c.fault(n, "len of "+string(k.base), "lists and texts have a length")
	}
	return of(baseCount)
}

// list checks a list and the predicate that is asked of each of its values.
func (c *checker) list(n ast.Node, args []ast.Node) (elem, predicate kind) {
	k := c.check(args[0])
	elem = of(anything)
	switch k.base {
	case baseList:
		elem = *k.elem
	case anything:
	default:
		c.fault(n, fmt.Sprintf("%s is not a list", strings.TrimSpace(string(k.base))), "all(routes, .metric == 0)")
	}
	c.element = append(c.element, elem)
	defer func() { c.element = c.element[:len(c.element)-1] }()
	body := args[1]
	if p, ok := body.(*ast.PredicateNode); ok {
		body = p.Node
	}
	return elem, c.check(body)
}

// condition is list with a predicate that is true or false.
func (c *checker) condition(n ast.Node, args []ast.Node) kind {
	elem, predicate := c.list(n, args)
	if predicate.base != baseBool && predicate.base != anything {
		c.operand(args[1], fmt.Sprintf("a condition is true or false, and this is %s", predicate.base), "compare it with something: .metric == 0")
	}
	return elem
}

func checkPredicate(c *checker, n ast.Node, args []ast.Node) kind {
	c.condition(n, args)
	return of(baseBool)
}

func checkCount(c *checker, n ast.Node, args []ast.Node) kind {
	c.condition(n, args)
	return of(baseCount)
}

func checkFilter(c *checker, n ast.Node, args []ast.Node) kind {
	return listOf(c.condition(n, args))
}

func checkMap(c *checker, n ast.Node, args []ast.Node) kind {
	_, to := c.list(n, args)
	return listOf(to)
}

func checkAbs(c *checker, n ast.Node, args []ast.Node) kind {
	k := c.check(args[0])
	if !k.isNumber() {
		return c.fault(n, "abs of "+string(k.base), "it takes a number")
	}
	return k
}

// checkExtreme takes numbers, or one list of them.
func checkExtreme(c *checker, n ast.Node, args []ast.Node) kind {
	k := c.check(args[0])
	if k.base == baseList && len(args) == 1 {
		k = *k.elem
	}
	for _, a := range args[1:] {
		other := c.check(a)
		if !other.fits(k) {
			return c.operand(a, fmt.Sprintf("%s beside %s", other.base, k.base), hintFor(k, other))
		}
		k = k.stronger(other)
	}
	if !k.isNumber() {
		return c.fault(n, "the least or greatest of "+string(k.base), "numbers, or one list of them")
	}
	return k
}

func checkPlausible(c *checker, n ast.Node, args []ast.Node) kind {
	for _, a := range args[:2] {
		if k := c.check(a); k.base != baseCount && k.base != basePlain && k.base != anything {
			c.operand(a, fmt.Sprintf("plausible takes a count, not %s", k.base), "plausible(lost, sent, 10%)")
		}
	}
	k := c.check(args[2])
	if k.base != baseRatio && k.base != basePlain && k.base != anything {
		c.operand(args[2], fmt.Sprintf("plausible takes a ratio, not %s", k.base), "plausible(lost, sent, 10%)")
	}
	c.ratioBounds(args[2], k, of(baseRatio))
	return of(baseBool)
}
