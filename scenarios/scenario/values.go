package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"netsim/nodes"
	"netsim/topology"
)

// decode reads an event. Numbers without a fraction become int, the others float64.
func decode(raw json.RawMessage) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("not an event: %w", err)
	}
	for k, v := range object {
		object[k] = plainValue(v)
	}
	return object, nil
}

func plainValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainValue(v[k])
		}
	}
	return v
}

func number(n json.Number) any {
	if i, err := strconv.Atoi(n.String()); err == nil {
		return i
	}
	f, _ := n.Float64()
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f)
	}
	return f
}

// complete gives the fields that an event lacks their zero value, so that an expression
// on it is false and never broken.
func complete(object map[string]any, fields []nodes.Field) map[string]any {
	for _, f := range fields {
		v, ok := object[f.Name]
		switch {
		case !ok || v == nil:
			object[f.Name] = zeroValue(f)
		case f.Type == nodes.Object:
			if inner, ok := v.(map[string]any); ok {
				complete(inner, f.Fields)
			}
		}
	}
	return object
}

func zeroValue(f nodes.Field) any {
	switch f.Type {
	case nodes.Int, nodes.Duration, nodes.Ratio, nodes.Size, nodes.Rate:
		return 0
	case nodes.Bool:
		return false
	case nodes.Texts, nodes.Ints, nodes.Objects:
		return []any{}
	case nodes.Object:
		return complete(map[string]any{}, f.Fields)
	}
	return ""
}

// environment is what an expression sees.
func environment(plan *topology.Plan, results, own map[string]any) map[string]any {
	env := map[string]any{}
	known := map[string]any{}
	for i := range plan.Nodes {
		n := &plan.Nodes[i]
		if len(n.Interfaces) > 0 {
			known[n.Name] = map[string]any{
				"address": n.Interfaces[0].Address.Addr().String(), "mac": n.Interfaces[0].MAC.String(),
			}
		}
	}
	env["nodes"] = known
	maps.Copy(env, results)
	maps.Copy(env, own)
	return env
}

// lookup follows a path of names.
func lookup(env map[string]any, path []string) any {
	var v any = env
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// show writes a value for people, in the units of its kind.
func show(v any, k kind) string {
	f, isNumber := asFloat(v)
	switch {
	case !isNumber:
		return showAny(v)
	case k.base == baseTime:
		return nodes.FormatDuration(time.Duration(f * float64(time.Second)))
	case k.base == baseRatio:
		return nodes.FormatRatio(f)
	case k.base == baseRate:
		return nodes.FormatRate(f)
	}
	return showAny(v)
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func showAny(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = showAny(v[i])
		}
		return cut("[" + strings.Join(parts, ", ") + "]")
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return cut(strings.TrimSpace(b.String()))
}

// cut keeps evidence readable.
func cut(s string) string {
	if r := []rune(s); len(r) > longestShown {
		return string(r[:longestShown]) + "…"
	}
	return s
}

// splitPath is rtt.avg as its names.
func splitPath(s string) []string { return strings.Split(s, ".") }
