package remote

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netsim/nodes"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"":                      nil,
		" \t ":                  nil,
		"date":                  {"date"},
		" uname \t -a ":         {"uname", "-a"},
		`say 'a b' "c d"`:       {"say", "a b", "c d"},
		`say a'b c'd`:           {"say", "ab cd"},
		`say '' ""`:             {"say", "", ""},
		`say "it's" 'a "word"'`: {"say", "it's", `a "word"`},
		`say a\ b $x ; & | >`:   {"say", `a\`, "b", "$x", ";", "&", "|", ">"},
		"say 你好 '世 界'":          {"say", "你好", "世 界"},
	} {
		if got, err := split(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	for _, line := range []string{`'`, `say "a`, `say 'a"`, `a'b' "`} {
		if got, err := split(line); err == nil {
			t.Errorf("%q: %q", line, got)
		}
	}
}

// Whatever words come out, quoted again they are the same words.
func FuzzSplit(f *testing.F) {
	f.Add("uname -a")             // plain words
	f.Add(`say 'a b' "c d" ''`)   // quotes of both kinds, and an empty word
	f.Add(`say a'b "c'"d 'e"`)    // quotes in words and in each other
	f.Add("say 'not closed")      // a mistake
	f.Add("\t \r\n")              // blanks alone
	f.Add("a\x00b \xff 你 \u00a0") // bytes that are no text, and a blank that is none
	f.Fuzz(func(t *testing.T, line string) {
		words, err := split(line)
		if err != nil {
			return
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'"'"'`)+"'")
		}
		again, err := split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(again, words) {
			t.Errorf("%q: %q and then %q, %v", line, words, again, err)
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add("# comment\n\ndate\r\nuname -a\n", "date")      // two commands
	f.Add("say 'a b'\n", "say 'a b'")                     // a word with a blank
	f.Add("say 'a\nb'\n", "say")                          // a quote does not reach over the line's end
	f.Add("date # not a comment", "date # not a comment") // # inside a line is a word
	f.Add("''", "")                                       // an empty word is not no words
	f.Fuzz(func(t *testing.T, text, command string) {
		l, err := parseList("list", text)
		words, splitErr := split(command)
		if err != nil || splitErr != nil {
			return
		}
		if len(words) == 0 && l.has(words) {
			t.Errorf("%q allows nothing at all", text)
		}
		if slices.ContainsFunc(l, func(c []string) bool { return len(c) == 0 }) {
			t.Errorf("%q has an empty command", text)
		}
	})
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"command":["uname","-a"]}`)) // as operators say it
	f.Add([]byte(`{"command":[]}`))             // no words
	f.Add([]byte(`{"command":null}`))           // nothing
	f.Add([]byte(`{"command":"date"}`))         // a text instead of words
	f.Add([]byte(`{"command":["a"]} x`))        // more behind it
	f.Add([]byte("\xff"))                       // no JSON
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRequest(b)
		if err != nil {
			return
		}
		if len(r.Command) == 0 || len(r.Command) > maxWords {
			t.Errorf("%q is taken", b)
		}
		again, _ := json.Marshal(r)
		if len(again) > maxRequest {
			t.Errorf("a command within its bounds needs %d bytes", len(again))
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"exit":0,"stdout":"aGk=","stderr":"","cut":0,"error":""}`))        // it ran
	f.Add([]byte(`{"exit":-1,"stdout":null,"stderr":null,"cut":0,"error":"denied"}`)) // it did not
	f.Add([]byte(`{"exit":0,"error":"\u001b[2J"}`))                                   // a word of its own
	f.Add([]byte(`{"stdout":"?"}`))                                                   // not base64
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAnswer(b)
		if err == nil && a.Error != "" && !slices.Contains(nodes.Words(), a.Error) {
			t.Errorf("%q is taken", b)
		}
		if err == nil && (a.Error == "") != (a.failure() == nil) {
			t.Errorf("%q: %v", b, a.failure())
		}
	})
}

// The greatest answer that a server can give fits.
func TestGreatestAnswerFits(t *testing.T) {
	b, err := json.Marshal(answer{Exit: -1, Stdout: make([]byte, 1<<20), Stderr: make([]byte, 1<<20), Cut: 1 << 60, Error: nodes.NetworkUnreachable})
	if err != nil || len(b) > maxAnswer {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// What is no text is not taken: on its way through JSON it would become U+FFFD, and so perhaps another command.
func TestCommandsAreText(t *testing.T) {
	for _, text := range []string{"say \xff", "say \uFFFD", "say \xe4\xbd"} {
		if l, err := parseList("list", "date\n"+text+"\n"); err == nil || !strings.HasPrefix(err.Error(), "failed: list:2: ") {
			t.Errorf("%q: %q, %v", text, l, err)
		}
		if words, err := wanted([]string{text}); nodes.WordOf(err) != nodes.Corrupted {
			t.Errorf("%q: %q, %v", text, words, err)
		}
	}
	for _, message := range []string{"{\"command\":[\"\xff\"]}", `{"command":["\ud800"]}`} {
		if r, err := parseRequest([]byte(message)); nodes.WordOf(err) != nodes.Corrupted {
			t.Errorf("%q: %q, %v", message, r.Command, err)
		}
	}
}

// Answers on a terminal have columns and lines, and no control characters.
func TestAnswerLine(t *testing.T) {
	for text, want := range map[string]string{
		"a\r\nb\r\n": "a\nb", "a\tb\n12345678\tc\n": "a       b\n12345678        c", "\t": "        ", "你好\tx": "你好    x", "a\n": "a",
	} {
		if got := answerLine(nodes.Values{"text": text}); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestComplaintsAreFew(t *testing.T) {
	lines, last := 0, ""
	c := complaints{logf: func(format string, args ...any) {
		lines++
		last = fmt.Sprintf(format, args...)
	}}
	for i := range 1000 {
		c.say("%s", fmt.Sprint(i))
	}
	if lines > 4 || c.leftOut == 0 {
		t.Errorf("%d lines", lines)
	}
	if c.flush(); !strings.HasSuffix(last, "complaints left out") || c.leftOut != 0 {
		t.Errorf("the last line is %q", last)
	}
}
