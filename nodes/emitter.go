package nodes

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Emitter writes events: JSON, one line and one Write each, or text for people. Fields
// are in the order of their table. It is safe for concurrent use.
type Emitter struct {
	Out    io.Writer
	People bool             // text instead of JSON: the output is a terminal
	Now    func() time.Time // nil means time.Now

	mu sync.Mutex
}

// Emit writes one event. Fields without a value are written with the zero value of their
// type; values without a field come last, by name, as encoding/json has them.
func (e *Emitter) Emit(event string, fields []Field, values Values) {
	e.write(e.line(event, fields, values))
}

// Say writes a text for people, with what is not printable escaped and later lines indented.
func (e *Emitter) Say(line string) { e.write([]byte(oneEvent(line))) }

func (e *Emitter) write(line []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = e.Out.Write(line) // Main tells what could not be written
}

func (e *Emitter) line(event string, fields []Field, values Values) []byte {
	if e.People {
		return []byte(peopleText(event, fields, values))
	}
	now := time.Now
	if e.Now != nil {
		now = e.Now
	}
	b := appendText([]byte(`{"event":`), event)
	b = appendText(append(b, `,"time":`...), now().UTC().Format(time.RFC3339Nano))
	return append(appendFields(b, fields, values, true), "}\n"...)
}

// appendFields writes "name":value pairs; more says that others stand before them.
func appendFields(b []byte, fields []Field, values Values, more bool) []byte {
	name := func(s string) {
		if more {
			b = append(b, ',')
		}
		b = append(appendText(b, s), ':')
		more = true
	}
	for _, f := range fields {
		name(f.Name)
		b = appendValue(b, f, values[f.Name])
	}
	for _, k := range undeclared(fields, values) {
		name(k)
		b = appendAny(b, values[k])
	}
	return b
}

// undeclared are the names of values that have no field, sorted.
func undeclared(fields []Field, values Values) []string {
	var names []string
	for k := range values {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == k }) {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	return names
}

func appendValue(b []byte, f Field, v any) []byte {
	switch f.Type {
	case Object:
		object, _ := v.(Values)
		return append(appendFields(append(b, '{'), f.Fields, object, false), '}')
	case Objects:
		list, _ := v.([]Values)
		return appendList(b, list, func(b []byte, v Values) []byte {
			return append(appendFields(append(b, '{'), f.Fields, v, false), '}')
		})
	case Texts:
		list, _ := v.([]string)
		return appendList(b, list, appendText)
	case Ints:
		list, _ := v.([]int)
		return appendList(b, list, func(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) })
	case Bool:
		yes, _ := v.(bool)
		return strconv.AppendBool(b, yes)
	case Int, Size, Duration, Ratio, Rate:
		return appendNumber(b, v)
	}
	return appendText(b, textOf(v))
}

func appendList[T any](b []byte, list []T, item func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = item(b, v)
	}
	return append(b, ']')
}

// appendNumber writes integers as they are, durations as seconds and what is not
// finite as 0: JSON has no word for it.
func appendNumber(b []byte, v any) []byte {
	if d, ok := v.(time.Duration); ok {
		return strconv.AppendFloat(b, d.Seconds(), 'f', -1, 64)
	}
	r := reflect.ValueOf(v)
	switch {
	case r.IsValid() && r.CanInt():
		return strconv.AppendInt(b, r.Int(), 10)
	case r.IsValid() && r.CanUint():
		return strconv.AppendUint(b, r.Uint(), 10)
	case r.IsValid() && r.CanFloat() && !math.IsNaN(r.Float()) && !math.IsInf(r.Float(), 0):
		return strconv.AppendFloat(b, r.Float(), 'f', -1, 64)
	}
	return append(b, '0')
}

// textOf is a value of a Text field; an address that is not set is "".
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case netip.Addr:
		if !v.IsValid() {
			return ""
		}
	}
	return fmt.Sprint(v)
}

func appendText(b []byte, s string) []byte {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string has no error
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

func appendAny(b []byte, v any) []byte {
	j, err := json.Marshal(v)
	if err != nil {
		return appendText(b, fmt.Sprint(v))
	}
	return append(b, j...)
}
