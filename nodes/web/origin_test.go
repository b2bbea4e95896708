package web

import (
	"fmt"
	"testing"
)

// What parses is a range within its size, and is written again as the same numbers.
func FuzzContentRange(f *testing.F) {
	f.Add("bytes 100-999/1000")            // the rest of a file
	f.Add("bytes 0-0/*")                   // a size that the server does not know
	f.Add("bytes */1000")                  // what 416 says: no range
	f.Add("bytes 999-100/1000")            // backwards
	f.Add("bytes -1-5/6")                  // negative
	f.Add("bytes 0-9223372036854775808/1") // more than 63 bits
	f.Add("bytes +1-5/6")                  // a sign
	f.Add("lines 1-5/6")                   // another unit
	f.Fuzz(func(t *testing.T, text string) {
		first, last, size, err := parseContentRange(text)
		if err != nil {
			return
		}
		if first < 0 || last < first || size >= 0 && last >= size {
			t.Errorf("%q: %d-%d/%d", text, first, last, size)
		}
		again := fmt.Sprintf("bytes %d-%d/%d", first, last, size)
		if size < 0 {
			again = fmt.Sprintf("bytes %d-%d/*", first, last)
		}
		if a, b, c, err := parseContentRange(again); err != nil || a != first || b != last || c != size {
			t.Errorf("%q and then %q: %v", text, again, err)
		}
	})
}
