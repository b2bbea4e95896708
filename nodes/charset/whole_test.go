package charset_test

import (
	"testing"

	"netsim/nodes/charset"
)

func TestWhole(t *testing.T) {
	for _, x := range []struct {
		what     string
		encoding charset.Encoding
		b        string
		want     int
	}{
		{"nothing", charset.UTF8, "", 0},
		{"whole", charset.UTF8, "a你", 4},
		{"two of three bytes", charset.UTF8, "a\xe4\xbd", 1},
		{"three of four bytes", charset.UTF8, "\xf0\x9f\x98", 0},
		{"what never becomes a character", charset.UTF8, "a\xff", 2},
		{"nor does this", charset.UTF8, "\xe4\x20\xe4", 2},
		{"only later bytes", charset.UTF8, "\x80\x80\x80\x80", 4},
		{"half of a GBK character", charset.GBK, "\xc4\xe3\xba", 2},
		{"second bytes that look like first ones", charset.GBK, "\xc4\xe3\xba\xc3", 4},
		{"and one more", charset.GBK, "\xc4\xe3\xba\xc3\xba", 4},
		{"a first byte before a line end", charset.GBK, "\xc4\n", 2},
		{"a second byte below 80", charset.GB2312, "\x81\x40", 2},
	} {
		if got := x.encoding.Whole([]byte(x.b)); got != x.want {
			t.Errorf("%s: %d of %q, want %d", x.what, got, x.b, x.want)
		}
	}
}

// FuzzWhole: wherever a stream is cut, decoding what is whole first and the rest with what
// comes later gives the same text as decoding all of it at once.
func FuzzWhole(f *testing.F) {
	for _, seed := range []string{
		"",                         // nothing
		"hello, 世界 😀",              // one to four bytes
		"\xc4\xe3\xba\xc3",         // 你好 in GBK
		"\xff\xfe\x80",             // never UTF-8
		"\xe4\xe4\xbd\xa0",         // a broken character, and a whole one
		"\xf0\x9f\x98",             // ends inside a character
		"\xc4\n\xc4\xe3",           // a first byte of GBK before a line end
		"\xed\xa0\x80\xf4\x90\x80", // a surrogate, and beyond the last character
	} {
		for cut := range 4 {
			f.Add([]byte(seed), cut)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		if cut < 0 || cut > len(b) {
			return
		}
		for _, name := range charset.Names() {
			e := charset.Encoding(name)
			whole := e.Whole(b[:cut])
			if whole > cut || cut-whole > 3 {
				t.Fatalf("%s: %d of %q", name, whole, b[:cut])
			}
			parts := e.Decode(b[:whole]) + e.Decode(b[whole:])
			if all := e.Decode(b); e.Valid(b) && parts != all {
				t.Fatalf("%s: %q in two is %q, at once %q", name, b, parts, all)
			}
		}
	})
}
