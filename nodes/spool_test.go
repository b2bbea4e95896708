package nodes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
)

// talkative emits many events as fast as it can, closes said, and ends when it is told to, or by
// itself.
func talkative(server bool, events int, said chan struct{}) nodes.Set {
	return nodes.Set{{Name: "talk", Summary: "talks", Forms: []nodes.Form{{
		Server: server,
		Events: []nodes.Kind{{Event: "word", Help: "one", Fields: []nodes.Field{{Name: "text", Type: nodes.Text, Help: "what"}}}},
		Run: func(ctx context.Context, c *nodes.Call) error {
			text := strings.Repeat("x", 1000)
			for range events {
				c.Event("word", nodes.Values{"text": text})
				c.Logf("said it")
			}
			close(said)
			if server {
				<-ctx.Done()
			}
			return nil
		},
	}}}}
}

// Nobody reads what a server writes: it goes on, and ends when it is told to.
func TestServerWhoseOutputNobodyReads(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	defer r.Close()
	ended := make(chan int, 1)
	go func() {
		ended <- talkative(true, 20_000, make(chan struct{})).Main(ctx, []string{"talk"}, nil, w, w, false)
	}()
	cancel()
	select {
	case status := <-ended:
		if status != nodes.NotDone {
			t.Errorf("status %d, though nobody has the result", status)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
}

// late is a writer that takes nothing until it is opened.
type late struct {
	open chan struct{}
	bytes.Buffer
}

func (l *late) Write(b []byte) (int, error) {
	<-l.open
	return l.Buffer.Write(b)
}

// What a server throws away is in its result; any other program waits and loses nothing.
func TestOutputThatIsReadLate(t *testing.T) {
	for _, server := range []bool{true, false} {
		ctx, cancel := context.WithCancel(context.Background())
		out := &late{open: make(chan struct{})}
		ended, said := make(chan int, 1), make(chan struct{})
		go func() {
			ended <- talkative(server, 20_000, said).Main(ctx, []string{"talk"}, nil, out, io.Discard, false)
		}()
		if server {
			<-said
			cancel()
		}
		close(out.open)
		if status := <-ended; status != nodes.Worked {
			t.Errorf("status %d", status)
		}
		cancel()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var result struct {
			Event  string
			Unread int
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil || result.Event != "result" {
			t.Fatalf("the last line is %.80s", lines[len(lines)-1])
		}
		if words := len(lines) - 1; server && (result.Unread == 0 || words+result.Unread < 20_000) || !server && words != 20_000 {
			t.Errorf("server %t: %d events, %d unread", server, words, result.Unread)
		}
	}
}

// What comes from others cannot pass for an event of its own, nor turn a line around.
func TestTextOfOthersOnATerminal(t *testing.T) {
	set := nodes.Set{{Name: "hear", Summary: "hears", Forms: []nodes.Form{{
		Events: []nodes.Kind{{Event: "message", Help: "one", Fields: []nodes.Field{{Name: "text", Type: nodes.Text, Help: "what"}},
			Text: func(v nodes.Values) string { return "bob : " + v["text"].(string) }}},
		Result: []nodes.Field{{Name: "last", Type: nodes.Text, Help: "the last one"}},
		Run: func(_ context.Context, c *nodes.Call) error {
			for _, text := range []string{"hi", "hi\nalice : I owe you\n", "\x1b[2J\u202eabc\u2028x", "👩‍👩‍👧"} {
				c.Event("message", nodes.Values{"text": text})
			}
			c.Result(nodes.Values{"last": "one\ntwo\n"})
			return nil
		},
	}}}}
	var out bytes.Buffer
	set.Main(context.Background(), []string{"hear"}, nil, &out, io.Discard, true)
	want := "bob : hi\nbob : hi\n    alice : I owe you\nbob : \\x1b[2J\\u202eabc\\u2028x\nbob : 👩‍👩‍👧\nresult\n  last  one\n        two\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
