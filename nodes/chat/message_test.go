package chat

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNameOf(t *testing.T) {
	long := strings.Repeat("你", 22) // 66 bytes
	for _, x := range []struct {
		datagram string
		want     string
		cut, ok  bool
	}{
		{"alice", "alice", false, true},
		{"小明", "小明", false, true},
		{"alice\n", "alice", false, true}, // as nc sends it
		{"alice : hi", "alice : hi", false, true},
		{long, long[:63], true, true},
		{"", "", false, false},
		{"\r\n", "", false, false},
		{"two\nlines", "", false, false},
		{"\x1b[31mred", "", false, false},
		{"\xff\xfe", "", false, false},
		{"alice : exit", "", false, false}, // of somebody who has left already
	} {
		if got, cut, ok := nameOf([]byte(x.datagram)); got != x.want || cut != x.cut || ok != x.ok {
			t.Errorf("%q: %q, cut %t, %t", x.datagram, got, cut, ok)
		}
	}
}

func TestIsFarewell(t *testing.T) {
	for datagram, want := range map[string]bool{
		"alice : exit":             true,
		"alice : EXIT":             true,
		"alice : Exit\n":           true,
		"somebody : exit":          true,
		"alice : the exit is left": false,
		"alice : exit left":        false,
		"alice : exit : exit":      false,
		"exit":                     false,
		"alice: exit":              false,
		"alice":                    false,
	} {
		if got := isFarewell(datagram, "alice"); got != want {
			t.Errorf("%q: %t", datagram, got)
		}
	}
	if !isFarewell("a : b : exit", "a : b") {
		t.Error("a name may have the separator in it")
	}
}

func TestHear(t *testing.T) {
	for datagram, want := range map[string]heard{
		"alice : hello":      {"message", "alice", "hello"},
		"alice : a : b":      {"message", "alice", "a : b"},
		"alice 进入聊天室...":     {"joined", "alice", ""},
		"alice 离开了聊天室...":    {"left", "alice", ""},
		"bob : x 进入聊天室...":   {"message", "bob", "x 进入聊天室..."}, // what somebody says is not an announcement
		"welcome":            {"message", "", "welcome"},
		"":                   {"message", "", ""},
		"the exit 离开了聊天室...": {"left", "the exit", ""},
	} {
		if got := hear(datagram); got != want {
			t.Errorf("%q: %+v", datagram, got)
		}
	}
}

// FuzzMessages: whatever a person types is said in datagrams of UTF-8 that a course's client reads
// whole, and nothing of it is missing.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		"hello", "你好", "", "exit", // what people type
		strings.Repeat("x", maxText),     // one datagram is not enough for it and the name
		strings.Repeat("你好", maxText),    // cut between characters
		"\xff\xfe",                       // no UTF-8
		"a : b",                          // with the separator in it
		strings.Repeat("\xe4\xbd", 1000), // halves of characters
	} {
		f.Add("alice", seed)
	}
	f.Add("小明", "你好")
	f.Fuzz(func(t *testing.T, name, line string) {
		if checkName(name) != nil {
			return
		}
		var whole strings.Builder
		for _, m := range messages(name, line) {
			if len(m) > maxText || !utf8.Valid(m) {
				t.Fatalf("a datagram %q of %d bytes", m, len(m))
			}
			from, what := split(string(m), name)
			if from != name {
				t.Fatalf("%q is from %q", m, from)
			}
			whole.WriteString(what)
		}
		if want := strings.ToValidUTF8(line, "\uFFFD"); whole.String() != want {
			t.Fatalf("said %q of %q", whole.String(), want)
		}
	})
}

// FuzzHear: what a room, or somebody who forges its address, sends never harms a member.
func FuzzHear(f *testing.F) {
	for _, seed := range []string{"alice : hello", "alice 进入聊天室...", "alice 离开了聊天室...", " : ", "进入聊天室...", "", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h := hear(string(b))
		if h.event == "message" && h.name == "" && h.text != string(b) && !bytes.HasPrefix(b, []byte(between)) {
			t.Fatalf("%q is heard as %q", b, h.text)
		}
	})
}
