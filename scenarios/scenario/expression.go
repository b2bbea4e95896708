package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"go.yaml.in/yaml/v3"

	"netsim/nodes"
)

// expression is a checked expression, ready to be evaluated.
type expression struct {
	program *vm.Program
	uses    []use
}

// use is a value that an expression refers to: `ttl`, `routed.rtt.avg`.
type use struct {
	path   []string
	kind   kind
	result string // the earlier result that it belongs to; "" for the step's own
}

func (u use) String() string { return strings.Join(u.path, ".") }

// expression reads and checks an expression; nil means that it has mistakes.
func (s *stepReader) expression(n *yaml.Node, text string, own signature) *expression {
	if utf8.RuneCountInString(text) > longestExpression {
		s.wrong(n, "the expression is too long", fmt.Sprintf("at most %d characters", longestExpression))
		return nil
	}
	x, faults := compile(text, names{own: own, scope: s.scope, nodes: s.nodeNames, as: s.step.As})
	for _, f := range faults {
		s.mistake(s.inside(n, f.offset), f.message, f.hint)
	}
	return x
}

// compile parses with expr-lang, checks names and dimensions, and compiles.
func compile(text string, known names) (*expression, []fault) {
	bare, literals, faults := takeUnits(text)
	if len(faults) > 0 {
		return nil, faults
	}
	tree, err := parser.Parse(bare)
	if err != nil {
		return nil, []fault{syntaxFault(err, text)}
	}
	c := &checker{names: known, literals: literals, swapped: map[int]bool{}}
	if k := c.check(tree.Node); k.base != baseBool && k.base != anything {
		c.operand(tree.Node, fmt.Sprintf("an expectation is true or false, and this is %s", k.base), "compare it with something: ttl == 64")
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	program, err := expr.Compile(bare, compileOptions(c)...)
	if err != nil {
		return nil, []fault{syntaxFault(err, text)}
	}
	return &expression{program, c.uses}, nil
}

func compileOptions(c *checker) []expr.Option {
	return []expr.Option{
		expr.Optimize(false),
		expr.Patch(&patcher{literals: c.literals, swapped: c.swapped}),
		expr.Function("plausible", callPlausible),
	}
}

// isUnit says whether a word is the unit of a time, size or rate.
func isUnit(word string) bool {
	_, time := nodes.ParseDuration("1" + word)
	_, size := nodes.ParseSize("1" + word)
	_, rate := nodes.ParseRate("1" + word)
	return word != "" && (time == nil || size == nil || rate == nil)
}

// syntaxFault is an error of expr-lang as a fault.
func syntaxFault(err error, text string) fault {
	var e *file.Error
	if !errors.As(err, &e) {
		return fault{0, "not an expression: " + err.Error(), operatorHint}
	}
	message, hint := tokenName.ReplaceAllString(e.Message, "$1"), operatorHint
	switch {
	case strings.Contains(message, "token EOF"):
		message = "it ends too early"
		if strings.Count(text, "(") > strings.Count(text, ")") {
			hint = "in quotes it would be whole: in YAML a comma inside { } ends a value, and # after a blank begins a comment"
		}
	case strings.HasSuffix(message, `token "="`), strings.HasSuffix(message, `token "is"`):
		hint = "write == to compare"
	case isUnit(strings.Trim(strings.TrimPrefix(message, "unexpected token "), `"`)):
		hint = "write a number and its unit without a blank: 5ms"
	}
	last := max(0, utf8.RuneCountInString(text)-1)
	return fault{min(e.From, last), "not an expression: " + message, hint}
}

// tokenName is how expr-lang writes tokens: Operator("=").
var tokenName = regexp.MustCompile(`[A-Z][a-z]+\(("[^"]*")\)`)

const operatorHint = "operators: == != < <= > >= and or not in contains matches + - * /"

// patcher gives literals their value, turns `list contains x` into `x in list`, and looks
// names up as fields of the environment, so that a result may be called as a function of
// expr-lang is (`one`, `max`).
type patcher struct {
	literals map[int]literal
	swapped  map[int]bool
}

// wholeEnv is expr-lang's name for the environment itself.
const wholeEnv = "$env"

// Visit implements ast.Visitor.
func (p *patcher) Visit(n *ast.Node) {
	from := (*n).Location().From
	switch x := (*n).(type) {
	case *ast.IntegerNode:
		l, ok := p.literals[from]
		switch {
		case ok && l.whole:
			ast.Patch(n, &ast.IntegerNode{Value: int(l.value)})
		case ok:
			ast.Patch(n, &ast.FloatNode{Value: l.value})
		}
	case *ast.IdentifierNode:
		if x.Value != wholeEnv && x.Value != "plausible" {
			ast.Patch(n, &ast.MemberNode{Node: &ast.IdentifierNode{Value: wholeEnv}, Property: &ast.StringNode{Value: x.Value}})
		}
	case *ast.BinaryNode:
		if x.Operator == "contains" && p.swapped[from] {
			ast.Patch(n, &ast.BinaryNode{Operator: "in", Left: x.Right, Right: x.Left})
		}
	}
}

// holds evaluates the expression.
func (x *expression) holds(env map[string]any) (bool, error) {
	v, err := expr.Run(x.program, env)
	if err != nil {
		var e *file.Error
		if errors.As(err, &e) {
			err = errors.New(e.Message)
		}
		return false, err
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("it is %v, neither true nor false", v)
	}
	return yes, nil
}

// results are the earlier results that the expression refers to, each once.
func (x *expression) results() []string {
	var all []string
	for _, u := range x.uses {
		if u.result != "" && !slices.Contains(all, u.result) {
			all = append(all, u.result)
		}
	}
	return all
}
