package framing

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// guess is what is probably the matter with a length that cannot be: one of the two most
// frequent mistakes.
func (c Codec) guess(header [HeaderSize]byte) string {
	if order := c.swapped(header); order != "" {
		return " (" + order + " it would be valid)"
	}
	if text := asText(header[:]); text != "" {
		return " (these four bytes are the text " + strconv.Quote(text) + ": is the other end without framing?)"
	}
	return ""
}

// swapped is the other order of bytes, where the length would be right in it.
func (c Codec) swapped(header [HeaderSize]byte) string {
	other := Codec{BigEndian: !c.BigEndian, Max: c.Max}
	if length := int32(other.order().Uint32(header[:])); length < 0 || int(length) > c.max() {
		return ""
	}
	if c.BigEndian {
		return "little-endian"
	}
	return "big-endian"
}

// asText is bytes that a person could have typed, in UTF-8, with an ellipsis where they end
// inside a character; "" when they are none.
func asText(b []byte) string {
	var text strings.Builder
	for len(b) > 0 {
		if !utf8.FullRune(b) {
			text.WriteString("…")
			break
		}
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError || !unicode.IsPrint(r) && !strings.ContainsRune("\t\r\n", r) {
			return ""
		}
		text.WriteRune(r)
		b = b[size:]
	}
	if text.String() == "…" {
		return "" // nothing of it is known
	}
	return text.String()
}
