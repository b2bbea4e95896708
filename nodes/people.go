package nodes

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// peopleText is an event as people read it on a terminal: one line for most events,
// an aligned list for the result, and lists of objects as tables.
//
//	reply  seq 1  from 10.1.0.2  ttl 64  rtt 312µs
//	result
//	  sent      5
//	  rtt       min 299µs  avg 310µs  max 320µs  stddev 8µs
func peopleText(event string, fields []Field, values Values) string {
	if event != "result" {
		return oneEvent(strings.TrimRight(event+"  "+pairs(fields, values), " "))
	}
	var out strings.Builder
	var tables []Field
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, f := range fields {
		text := peopleValue(f, values[f.Name])
		switch {
		case f.Type == Objects:
			tables = append(tables, f)
		case text != "" || f.Type != Text && f.Type != Texts && f.Type != Ints:
			fmt.Fprintf(w, "  %s\t%s\n", f.Name, strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  \t"))
		}
	}
	w.Flush()
	list := out.String()
	if list != "" {
		list = "result\n" + list
	}
	for _, f := range tables {
		rows, _ := values[f.Name].([]Values)
		list += table(f, rows)
	}
	return list
}

// pairs is "seq 1  from 10.1.0.2"; what is false is left out.
func pairs(fields []Field, values Values) string {
	var parts []string
	for _, f := range fields {
		if text := peopleValue(f, values[f.Name]); text != "" && (f.Type != Bool || text == "true") {
			parts = append(parts, f.Name+" "+text)
		}
	}
	return strings.Join(parts, "  ")
}

func peopleValue(f Field, v any) string {
	switch f.Type {
	case Object:
		object, _ := v.(Values)
		return pairs(f.Fields, object)
	case Texts:
		list, _ := v.([]string)
		return printable(strings.Join(list, " "))
	case Ints:
		list, _ := v.([]int)
		return strings.Trim(fmt.Sprint(list), "[]")
	case Duration:
		d, _ := v.(time.Duration)
		return FormatDuration(d)
	case Ratio:
		return FormatRatio(float(v))
	case Size:
		return FormatSize(int64(float(v)))
	case Rate:
		return FormatRate(float(v))
	case Int:
		return string(appendNumber(nil, v))
	case Bool:
		yes, _ := v.(bool)
		return fmt.Sprint(yes)
	case Objects:
		return ""
	}
	return printable(textOf(v))
}

// table has a line of column names in capitals and one line a row. An empty table
// says so.
func table(f Field, rows []Values) string {
	if len(rows) == 0 {
		return "no " + f.Name + "\n"
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	names := make([]string, len(f.Fields))
	for i, c := range f.Fields {
		names[i] = strings.ToUpper(c.Name)
	}
	fmt.Fprintln(w, strings.Join(names, "\t"))
	for _, row := range rows {
		cells := make([]string, len(f.Fields))
		for i, c := range f.Fields {
			if cells[i] = peopleValue(c, row[c.Name]); cells[i] == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	w.Flush()
	return out.String()
}

// printable keeps what comes from the network from steering the terminal: control
// characters other than line ends become their Go escapes, and so do those that change the
// direction of text (UAX #9) or begin a line.
func printable(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&out, "\\x%02x", r)
		case unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&out, "\\u%04x", r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// oneEvent is the text of an event in which later lines are indented: what somebody else wrote
// cannot pass for an event of its own.
func oneEvent(text string) string {
	return strings.ReplaceAll(printable(strings.TrimRight(text, "\n")), "\n", "\n    ") + "\n"
}

func float(v any) float64 {
	r := reflect.ValueOf(v)
	switch {
	case r.IsValid() && r.CanInt():
		return float64(r.Int())
	case r.IsValid() && r.CanUint():
		return float64(r.Uint())
	case r.IsValid() && r.CanFloat():
		return r.Float()
	}
	return 0
}
