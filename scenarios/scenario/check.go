package scenario

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// checker walks an expression and finds out what kind of value each part is.
type checker struct {
	names
	literals map[int]literal
	faults   []fault
	uses     []use
	swapped  map[int]bool // `contains` on lists, by place
	element  []kind       // of the lists whose predicates we are in
}

func (c *checker) fault(n ast.Node, message, hint string) kind {
	c.faults = append(c.faults, fault{n.Location().From, message, hint})
	return of(anything)
}

// operand notes a fault at the beginning of a part: of `far.rtt.avg`, at far.
func (c *checker) operand(n ast.Node, message, hint string) kind {
	for {
		switch x := n.(type) {
		case *ast.MemberNode:
			n = x.Node
		case *ast.BinaryNode:
			n = x.Left
		case *ast.PredicateNode:
			n = x.Node
		default:
			return c.fault(n, message, hint)
		}
	}
}

// check returns the kind of a node's value.
func (c *checker) check(n ast.Node) kind {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return c.number(n, n.Value == 0)
	case *ast.FloatNode:
		return c.number(n, n.Value == 0)
	case *ast.BoolNode:
		return of(baseBool)
	case *ast.StringNode:
		return of(baseText)
	case *ast.NilNode:
		return c.fault(n, "no field is nil", `every field has a value: 0, "", [] where there is nothing`)
	case *ast.IdentifierNode, *ast.PointerNode, *ast.MemberNode:
		k := c.reference(n)
		c.note(n, k)
		return k
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.BuiltinNode:
		return c.function(n, n.Name, n.Arguments)
	case *ast.CallNode:
		return c.call(n)
	}
	return c.fault(n, "this is not part of the language of expectations", operatorHint)
}

func (c *checker) number(n ast.Node, zero bool) kind {
	if l, ok := c.literals[n.Location().From]; ok {
		return l.kind
	}
	return kind{base: basePlain, zero: zero}
}

func (c *checker) array(n *ast.ArrayNode) kind {
	elem := of(anything)
	for _, item := range n.Nodes {
		k := c.check(item)
		if !k.fits(elem) {
			c.operand(item, fmt.Sprintf("a list of %s and %s", elem.base, k.base), "the values of a list are of one kind")
		}
		elem = elem.stronger(k)
	}
	return listOf(elem)
}

func (c *checker) unary(n *ast.UnaryNode) kind {
	k := c.check(n.Node)
	switch n.Operator {
	case "not", "!":
		return c.truth(n, k)
	case "-", "+":
		if !k.isNumber() {
			return c.fault(n, fmt.Sprintf("%s before %s", n.Operator, k.base), "it takes a number")
		}
		return k
	}
	return c.fault(n, fmt.Sprintf("unknown operator %s", n.Operator), operatorHint)
}

// truth insists on a truth value.
func (c *checker) truth(n ast.Node, k kind) kind {
	if k.base != baseBool && k.base != anything {
		c.operand(n, fmt.Sprintf("and, or and not take what is true or false, not %s", k.base), "compare it with something: ttl == 64")
	}
	return of(baseBool)
}

func (c *checker) binary(n *ast.BinaryNode) kind {
	left, right := c.check(n.Left), c.check(n.Right)
	switch n.Operator {
	case "and", "or", "&&", "||":
		c.truth(n.Left, left)
		return c.truth(n.Right, right)
	case "==", "!=":
		return c.comparison(n, left, right)
	case "<", "<=", ">", ">=":
		if !left.isNumber() || !right.isNumber() {
			c.fault(n, fmt.Sprintf("%s %s %s: only numbers have an order", left.base, n.Operator, right.base), "use == or !=")
			return of(baseBool)
		}
		return c.comparison(n, left, right)
	case "in":
		return c.membership(n, left, right)
	case "contains":
		return c.contains(n, left, right)
	case "matches":
		return c.matches(n, left, right)
	case "+", "-":
		return c.sum(n, left, right)
	case "*":
		return c.product(n, left, right)
	case "/":
		return c.quotient(n, left, right)
	}
	return c.fault(n, fmt.Sprintf("unknown operator %s", n.Operator), operatorHint)
}

func (c *checker) comparison(n *ast.BinaryNode, left, right kind) kind {
	if !left.fits(right) {
		c.fault(n, fmt.Sprintf("%s is compared with %s", left.base, right.base), hintFor(left, right))
		return of(baseBool)
	}
	c.ratioBounds(n.Left, left, right)
	c.ratioBounds(n.Right, right, left)
	return of(baseBool)
}

// ratioBounds refuses a plain number compared with a ratio that no ratio can be:
// `loss < 10` means 10%.
func (c *checker) ratioBounds(n ast.Node, k, other kind) {
	if k.base != basePlain || other.base != baseRatio {
		return
	}
	v := 0.0
	switch n := n.(type) {
	case *ast.IntegerNode:
		v = float64(n.Value)
	case *ast.FloatNode:
		v = n.Value
	}
	if math.Abs(v) > 1 {
		c.operand(n, fmt.Sprintf("a ratio is compared with %v, and ratios go from 0 to 1", v), fmt.Sprintf("write %v%%", v))
	}
}

// hintFor says how the other side of a comparison is written.
func hintFor(left, right kind) string {
	if left.base == baseCount && right.base == baseRatio || left.base == baseRatio && right.base == baseCount {
		return "a ratio is compared with a ratio: loss < 3%; plausible(lost, sent, 3%) compares a count with one"
	}
	if left.base == basePlain || left.base == baseText && right.base != basePlain {
		return right.typed()
	}
	return left.typed()
}

func (c *checker) membership(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case right.base == anything:
	case right.base != baseList:
		c.fault(n, fmt.Sprintf("in %s", right.base), `in looks into a list: "gw" in path`)
	case !left.fits(*right.elem):
		c.fault(n, fmt.Sprintf("%s is looked for in a list of %s", left.base, right.elem.base), right.elem.typed())
	}
	return of(baseBool)
}

func (c *checker) contains(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case left.base == baseList:
		c.swapped[n.Location().From] = true
		return c.membership(n, right, left)
	case left.base == anything || right.base == anything:
	case left.base != baseText || right.base != baseText:
		c.fault(n, fmt.Sprintf("%s contains %s", left.base, right.base), `a text contains a text, a list contains its values: path contains "gw"`)
	}
	return of(baseBool)
}

func (c *checker) matches(n *ast.BinaryNode, left, right kind) kind {
	pattern, ok := n.Right.(*ast.StringNode)
	switch {
	case left.base != baseText && left.base != anything:
		c.fault(n, fmt.Sprintf("%s matches %s", left.base, right.base), "a text matches a regular expression")
	case !ok:
		c.fault(n.Right, "matches takes a regular expression in quotes", `stdout matches "^up [0-9]+"`)
	default:
		if _, err := regexp.Compile(pattern.Value); err != nil {
			c.fault(n.Right, err.Error(), "the syntax is that of Go's regexp: https://pkg.go.dev/regexp/syntax")
		}
	}
	return of(baseBool)
}

func (c *checker) sum(n *ast.BinaryNode, left, right kind) kind {
	if n.Operator == "+" && left.base == baseText && right.base == baseText {
		return of(baseText)
	}
	if !left.isNumber() || !right.isNumber() || !left.fits(right) {
		return c.fault(n, fmt.Sprintf("%s %s %s", left.base, n.Operator, right.base), hintFor(left, right))
	}
	k := left.stronger(right)
	k.zero = false
	return k
}

// product allows one factor with a dimension.
func (c *checker) product(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case !left.isNumber() || !right.isNumber():
		return c.fault(n, fmt.Sprintf("%s * %s", left.base, right.base), "numbers are multiplied")
	case isFactor(left):
		return withoutZero(right)
	case isFactor(right):
		return withoutZero(left)
	}
	return c.fault(n, fmt.Sprintf("%s * %s", left.base, right.base), "one of the two must be a plain number, a count or a ratio")
}

// quotient of two values of one kind is a plain number.
func (c *checker) quotient(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case !left.isNumber() || !right.isNumber():
		return c.fault(n, fmt.Sprintf("%s / %s", left.base, right.base), "numbers are divided")
	case left.base == right.base || left.base == baseCount && right.base == basePlain:
		return of(basePlain)
	case isFactor(right):
		return withoutZero(left)
	}
	return c.fault(n, fmt.Sprintf("%s / %s", left.base, right.base), "divide by a value of the same kind, or by a plain number")
}

func isFactor(k kind) bool {
	return slices.Contains([]base{basePlain, baseCount, baseRatio, anything}, k.base)
}

func withoutZero(k kind) kind {
	k.zero = false
	return k
}
