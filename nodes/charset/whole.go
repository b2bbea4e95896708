package charset

import "unicode/utf8"

// Whole is how many of the bytes are whole characters: all of them, unless they end inside a
// character whose other bytes may still come. What is no character counts as whole, so at most
// three bytes are left over, of UTF-8, or one.
//
//	UTF8.Whole([]byte("a\xe4\xbd"))    // 1: 你 is E4 BD A0
func (e Encoding) Whole(b []byte) int {
	if e.chinese() {
		return wholeGBK(b)
	}
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// wholeGBK goes from the beginning: a second byte may look like a first one.
func wholeGBK(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch first := 0x81 <= b[i] && b[i] <= 0xfe; {
		case first && i+1 == len(b):
			return i
		case first && 0x40 <= b[i+1] && b[i+1] <= 0xfe && b[i+1] != 0x7f:
			i++
		}
	}
	return len(b)
}
