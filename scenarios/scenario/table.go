package scenario

import (
	"slices"

	"netsim/nodes"
)

// table puts the results side by side: every field that is not a list, objects as their
// fields, in the order of the first result that has them. A text that is empty in all of
// them is left out.
func (b *bench) table(c *compare) *Table {
	t := &Table{Columns: c.names}
	results := b.results()
	seen := map[string]bool{}
	for _, name := range c.names {
		for _, f := range scalars("", c.results[name].fields) {
			r := row(c, results, f)
			if !seen[f.Name] && r.says() {
				t.Rows = append(t.Rows, r)
			}
			seen[f.Name] = true
		}
	}
	return t
}

// scalars are the fields that are neither objects nor lists, those inside of objects by
// their path: rtt.avg.
func scalars(prefix string, fields []nodes.Field) []nodes.Field {
	var all []nodes.Field
	for _, f := range fields {
		switch f.Type {
		case nodes.Texts, nodes.Ints, nodes.Objects:
		case nodes.Object:
			all = append(all, scalars(prefix+f.Name+".", f.Fields)...)
		default:
			f.Name = prefix + f.Name
			all = append(all, f)
		}
	}
	return all
}

func row(c *compare, results map[string]any, f nodes.Field) Row {
	r := Row{Field: f.Name}
	for _, name := range c.names {
		value := ""
		if v := lookup(results, append([]string{name}, splitPath(f.Name)...)); v != nil {
			value = show(v, kindOfField(f))
		}
		r.Values = append(r.Values, value)
	}
	return r
}

// says is whether any result has something in the row.
func (r Row) says() bool {
	return slices.ContainsFunc(r.Values, func(v string) bool { return v != "" && v != `""` })
}
