// Package charset is the encodings that programs of Chinese network courses write text in:
// UTF-8, and on Chinese Windows GBK (code page 936) and its older part, GB 2312.
//
//	gbk := charset.Encoding("gbk")
//	b, err := gbk.Encode("你好")     // C4 E3 BA C3
//	text := gbk.Decode(b)
package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"netsim/nodes"
)

// Encoding is one of Names; the zero value is UTF-8.
type Encoding string

// The encodings, as --encoding has them.
const (
	UTF8   Encoding = "utf-8"
	GBK    Encoding = "gbk"
	GB2312 Encoding = "gb2312"
)

// Names are the encodings that there are.
func Names() []string { return []string{string(UTF8), string(GBK), string(GB2312)} }

// Flag is `--encoding`, for the tables of programs.
func Flag() nodes.Flag {
	return nodes.Flag{Name: "encoding", Type: nodes.Text, Default: string(UTF8), Choices: Names(), Help: "how text is written in bytes"}
}

// Encode writes a text in bytes. A character that the encoding does not have is a
// *nodes.Failure, corrupted. Bytes of text that are not UTF-8 become U+FFFD first.
func (e Encoding) Encode(text string) ([]byte, error) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if !e.chinese() {
		return []byte(text), nil
	}
	var out []byte
	for _, r := range text {
		b, ok := e.encodeRune(r)
		if !ok {
			return nil, nodes.Failf(nodes.Corrupted, "%s has no character %q", e, r)
		}
		out = append(out, b...)
	}
	return out, nil
}

// Decode reads bytes as text. What is no character of the encoding becomes U+FFFD, and
// Valid tells.
func (e Encoding) Decode(b []byte) string {
	if !e.chinese() {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(text)
}

// Valid says whether bytes are a text of the encoding.
func (e Encoding) Valid(b []byte) bool {
	if !e.chinese() {
		return utf8.Valid(b)
	}
	return !strings.ContainsRune(e.Decode(b), '\uFFFD')
}

func (e Encoding) chinese() bool { return e == GBK || e == GB2312 }

// encodeRune writes one character. GB 2312 is the part of GBK in which both bytes are from A1
// on and the first is at most F7, but for a few places where GBK's standard puts another
// character than the tables of GB 2312 that programs have.
func (e Encoding) encodeRune(r rune) ([]byte, bool) {
	if e == GB2312 {
		switch r {
		case '・': // U+30FB, which GBK has not
			return []byte{0xa1, 0xa4}, true
		case '―': // U+2015
			return []byte{0xa1, 0xaa}, true
		}
	}
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r)))
	if err != nil {
		return nil, false
	}
	if e == GB2312 && len(b) == 2 && (b[0] < 0xa1 || b[0] > 0xf7 || b[1] < 0xa1) {
		return nil, false
	}
	return b, len(b) <= 2 && (len(b) == 2 || b[0] < 0x80)
}

// Cut shortens UTF-8 to at most n bytes without cutting a character in two. What is no
// character is kept as it is.
func Cut(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	return b[:UTF8.Whole(b[:n])]
}
