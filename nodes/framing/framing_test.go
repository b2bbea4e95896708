package framing_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"netsim/nodes"
	"netsim/nodes/framing"
)

func TestRead(t *testing.T) {
	for _, x := range []struct {
		what   string
		codec  framing.Codec
		stream string
		want   string
		word   nodes.Word
		detail string
	}{
		{"struct.pack('i', 5)", framing.Codec{}, "\x05\x00\x00\x00hello", "hello", "", ""},
		{"struct.pack('!i', 5)", framing.Codec{BigEndian: true}, "\x00\x00\x00\x05hello", "hello", "", ""},
		{"an empty message", framing.Codec{}, "\x00\x00\x00\x00", "", "", ""},
		{"what comes after it stays", framing.Codec{}, "\x01\x00\x00\x00ab", "a", "", ""},
		{"the end", framing.Codec{}, "", "", nodes.Closed, "EOF"},
		{"half a length", framing.Codec{}, "\x05\x00", "", nodes.Truncated, "truncated: the stream ends after 2 of the length's 4 bytes"},
		{"half a message", framing.Codec{}, "\x05\x00\x00\x00hel", "", nodes.Truncated, "truncated: the stream ends after 3 of a message's 5 bytes"},
		{"nothing of a message", framing.Codec{}, "\x05\x00\x00\x00", "", nodes.Truncated, "truncated: the stream ends after 0 of a message's 5 bytes"},
		{"negative", framing.Codec{}, "\xff\xff\xff\xff", "", nodes.Corrupted, "corrupted: a length of -1 bytes; from 0 to 1048576"},
		{"too long", framing.Codec{Max: 4}, "\x05\x00\x00\x00hello", "", nodes.Corrupted, "corrupted: a length of 5 bytes; from 0 to 4"},
		{"the other order", framing.Codec{}, "\x00\x00\x00\x05hello", "", nodes.Corrupted, "corrupted: a length of 83886080 bytes (big-endian it would be valid); from 0 to 1048576"},
		{"the other order, too", framing.Codec{BigEndian: true}, "\x05\x00\x00\x00hello", "", nodes.Corrupted, "corrupted: a length of 83886080 bytes (little-endian it would be valid); from 0 to 1048576"},
		{"text", framing.Codec{}, "hello", "", nodes.Corrupted, `corrupted: a length of 1819043176 bytes (these four bytes are the text "hell": is the other end without framing?); from 0 to 1048576`},
		{"text with a line end", framing.Codec{BigEndian: true}, "hi\r\n", "", nodes.Corrupted, `corrupted: a length of 1751715082 bytes (these four bytes are the text "hi\r\n": is the other end without framing?); from 0 to 1048576`},
		{"text that ends inside a character", framing.Codec{}, "你好", "", nodes.Corrupted, `corrupted: a length of -442450460 bytes (these four bytes are the text "你…": is the other end without framing?); from 0 to 1048576`},
		{"text of one character", framing.Codec{}, "😀", "", nodes.Corrupted, `corrupted: a length of -2137481232 bytes (these four bytes are the text "😀": is the other end without framing?); from 0 to 1048576`},
		{"no text", framing.Codec{}, "ab\x01\x7f", "", nodes.Corrupted, "corrupted: a length of 2130797153 bytes; from 0 to 1048576"},
	} {
		t.Run(x.what, func(t *testing.T) {
			for _, r := range []io.Reader{bytes.NewReader([]byte(x.stream)), iotest.OneByteReader(bytes.NewReader([]byte(x.stream)))} {
				got, err := x.codec.Read(r)
				if string(got) != x.want || nodes.WordOf(err) != x.word || err != nil && err.Error() != x.detail {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
}

func TestTooLongToWrite(t *testing.T) {
	b, err := framing.Codec{Max: 4}.Append([]byte("x"), []byte("hello"))
	if string(b) != "x" || nodes.WordOf(err) != nodes.TooBig {
		t.Errorf("got %q, %v", b, err)
	}
}

// A length that claims much does not make memory for it.
func TestClaimedLengthTakesNoMemory(t *testing.T) {
	stream := []byte("\xff\xff\xff\x3fx")
	codec := framing.Codec{Max: 1 << 30}
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := codec.Read(bytes.NewReader(stream)); nodes.WordOf(err) != nodes.Truncated {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 64<<10 {
		t.Errorf("%d bytes for a message of which one came", allocated)
	}
}

// FuzzRead holds Read against its promises: what was read, written again, is what the
// stream began with; errors are of the three kinds; nothing panics.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"",                           // the end
		"\x05\x00\x00\x00hello",      // a message
		"\x00\x00\x00\x00",           // an empty message
		"\x05\x00\x00\x00hel",        // a stream that ends inside a message
		"\x05\x00",                   // … and inside its length
		"\xff\xff\xff\xff",           // a negative length
		"\xff\xff\xff\x7f",           // the greatest length
		"\x00\x00\x00\x05hello",      // the other order of bytes
		"\x01\x00\x00\x00a\x01\x00",  // a message, and half of the next one's length
		"\x01\x00\x10\x00beyond max", // one byte longer than DefaultMax
		"hello",                      // text without framing
		"你好",                         // … whose first four bytes end inside a character
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, stream []byte, big bool) {
		codec := framing.Codec{BigEndian: big}
		r := bytes.NewReader(stream)
		var again []byte
		for {
			message, err := codec.Read(r)
			if err != nil {
				word := nodes.WordOf(err)
				if !errors.Is(err, io.EOF) && word != nodes.Truncated && word != nodes.Corrupted {
					t.Fatalf("error %v", err)
				}
				if errors.Is(err, io.EOF) && len(again) != len(stream) {
					t.Fatalf("a clean end after %d of %d bytes", len(again), len(stream))
				}
				break
			}
			if again, err = codec.Append(again, message); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(stream, again) {
			t.Fatalf("read %q, which is not how the stream begins", again)
		}
	})
}
