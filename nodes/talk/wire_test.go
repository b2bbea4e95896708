package talk

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/framing"
)

// pieces is a connection that returns one piece a read, and then the end.
type pieces []string

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; (*p)[0] == "" {
		*p = (*p)[1:]
	}
	return n, nil
}

func texts(r reader) (all []string, err error) {
	for {
		m, err := r.read()
		if err != nil {
			return all, err
		}
		all = append(all, m.text)
	}
}

func TestRawMessages(t *testing.T) {
	for _, x := range []struct {
		what     string
		encoding charset.Encoding
		in       pieces
		want     []string
	}{
		{"a read is a message", charset.UTF8, pieces{"hello", "bob"}, []string{"hello", "bob"}},
		{"two that came together are one", charset.UTF8, pieces{"hellobob"}, []string{"hellobob"}},
		{"a line end is not shown", charset.UTF8, pieces{"hello\r\n", "a\nb\n", "\n"}, []string{"hello", "a\nb", ""}},
		{"a character in two reads", charset.UTF8, pieces{"a\xe4\xbd", "\xa0b"}, []string{"a", "你b"}},
		{"and in three", charset.UTF8, pieces{"\xe4", "\xbd", "\xa0"}, []string{"你"}},
		{"a character that never ends", charset.UTF8, pieces{"a\xe4"}, []string{"a", "\uFFFD"}},
		{"what is not UTF-8", charset.UTF8, pieces{"\xff\xfe"}, []string{"\uFFFD"}},
		{"GBK in two reads", charset.GBK, pieces{"\xc4", "\xe3\xba\xc3"}, []string{"你好"}},
		{"longer than a read", charset.UTF8, pieces{strings.Repeat("x", 1023) + "你"}, []string{strings.Repeat("x", 1023), "你"}},
	} {
		got, err := texts(wire{encoding: x.encoding}.raw(&x.in))
		if !errors.Is(err, io.EOF) || strings.Join(got, "|") != strings.Join(x.want, "|") {
			t.Errorf("%s: %q, %v", x.what, got, err)
		}
	}
}

func TestEncode(t *testing.T) {
	framed := wire{framed: true, framing: framing.Codec{Max: 2000}}
	for _, x := range []struct {
		what string
		wire wire
		text string
		want string
		word nodes.Word
	}{
		{"raw", wire{}, "你", "你", ""},
		{"framed", framed, "hi", "\x02\x00\x00\x00hi", ""},
		{"GBK", wire{encoding: charset.GBK}, "你", "\xc4\xe3", ""},
		{"no such character", wire{encoding: charset.GB2312}, "😀", "", nodes.Corrupted},
		{"the longest", wire{}, strings.Repeat("x", 1024), strings.Repeat("x", 1024), ""},
		{"too long", wire{}, strings.Repeat("x", 1025), "", nodes.TooBig},
		{"too long for a frame", framed, strings.Repeat("x", 2001), "", nodes.TooBig},
	} {
		w, err := x.wire.encode(x.text)
		if nodes.WordOf(err) != x.word || err == nil && string(w.b) != x.want {
			t.Errorf("%s: %.40q, %v", x.what, w.b, err)
		}
	}
}

func TestQuit(t *testing.T) {
	for text, want := range map[string]bool{"q": true, "Q": true, " q\r\n": true, "": false, "quit": false, "q q": false, "qu": false} {
		if isQuit(text) != want {
			t.Errorf("%q", text)
		}
	}
}

// FuzzRaw: in whatever pieces a stream comes, every byte is in one message, no message is
// longer than a read, and of text no character is cut.
func FuzzRaw(f *testing.F) {
	for _, seed := range []string{
		"",                         // hangs up at once
		"hello, bob",               // text
		"你好, 世界 😀",                 // characters of three and four bytes
		"\xc4\xe3\xba\xc3",         // 你好 in GBK
		"\xff\xfe\xfd",             // never UTF-8
		"\xe4\xbd",                 // hangs up inside a character
		"\xf0\x9f\x98\xf0\x9f\x98", // two beginnings
		strings.Repeat("好", 700),   // more than two reads
	} {
		for _, size := range []byte{1, 2, 3, 200} {
			f.Add([]byte(seed), size)
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte, size byte) {
		for _, name := range charset.Names() {
			e := charset.Encoding(name)
			in := &sizes{bytes.NewReader(stream), int(size)%16 + 1}
			r := wire{encoding: e}.raw(in)
			total := 0
			for {
				m, err := r.read()
				if err != nil {
					break
				}
				if part := stream[total : total+m.bytes]; m.bytes < 1 || m.bytes > rawMax ||
					m.text != strings.TrimRight(e.Decode(part), "\r\n") || e.Valid(stream) && !e.Valid(part) {
					t.Fatalf("%s: message %q of %q", name, m.text, part)
				}
				total += m.bytes
			}
			if total != len(stream) {
				t.Fatalf("%s: %d of %d bytes in messages", name, total, len(stream))
			}
		}
	})
}

// sizes returns so many bytes a read at most.
type sizes struct {
	io.Reader
	n int
}

func (s *sizes) Read(b []byte) (int, error) { return s.Reader.Read(b[:min(len(b), s.n)]) }
