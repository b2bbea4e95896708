package echo

import (
	"unicode"
	"unicode/utf8"
)

// upper turns a stream into what is sent back. The zero value changes nothing.
type upper struct {
	on   bool
	held []byte // the first bytes of a letter whose others have not come yet
}

// add appends what can be sent back of more input. A letter that is cut in two by the
// network waits for its other half; what is not UTF-8 stays as it is.
func (u *upper) add(out, in []byte) []byte {
	if !u.on {
		return append(out, in...)
	}
	in = append(u.held, in...)
	for len(in) > 0 && utf8.FullRune(in) {
		r, n := utf8.DecodeRune(in)
		if r == utf8.RuneError && n == 1 {
			out = append(out, in[0])
		} else {
			out = utf8.AppendRune(out, unicode.ToUpper(r))
		}
		in = in[n:]
	}
	u.held = append([]byte(nil), in...)
	return out
}

// end appends what was still held at the end of the input.
func (u *upper) end(out []byte) []byte {
	out = append(out, u.held...)
	u.held = nil
	return out
}
