package nodes_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/nodestest"
)

func TestTables(t *testing.T) { nodestest.Tables(t, demo()) }

func TestFind(t *testing.T) {
	c, err := demo().Find(strings.Fields("knock --loud bob --count=7 --interval 1.5s --size 10MB"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Program.Name != "knock" || c.Form.Words != "" || c.Arg("HOST") != "bob" {
		t.Errorf("found %s %q for host %q", c.Program.Name, c.Form.Words, c.Arg("HOST"))
	}
	got := fmt.Sprintln(c.Int("count"), c.Duration("interval"), c.Size("size"), c.Bool("loud"), c.Ratio("loss"), c.Rate("speed"), c.Text("count"))
	if want := "7 1.5s 10000000 true 0.1 10000000 7\n"; got != want {
		t.Errorf("flags %s, want %s", got, want)
	}
	if !c.Has("count") || c.Has("loss") {
		t.Error("a default counts as given, or a given flag does not")
	}
}

func TestFindTakesFlagsAnywhere(t *testing.T) {
	for _, line := range []string{
		"mail send now bob hello -- --not-a-flag -x --name", // everything after -- is an argument
		"mail send now --name zoe bob hello",
		"mail send now bob --name zoe hello there --how fast",
		"mail send now bob - --name=a=b",
	} {
		c, err := demo().Find(strings.Fields(line))
		if strings.HasSuffix(line, "--name") {
			if err == nil || err.Error() != "mail send now: missing flag --name" {
				t.Errorf("%s: %v", line, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if c.Form.Words != "send now" || c.Arg("HOST") != "bob" || len(c.Args("LETTER")) == 0 || c.Text("name") == "" {
			t.Errorf("%s: letters %q from %q", line, c.Args("LETTER"), c.Text("name"))
		}
	}
}

func TestFindRefuses(t *testing.T) {
	const knockFlags = "valid: --count, --interval, --loss, --size, --speed, --loud"
	for _, c := range []struct{ line, message, hint string }{
		{"", `no program named`, `valid: knock, mail, fall`},
		{"knok bob", `unknown program "knok"`, `did you mean knock? valid: knock, mail, fall`},
		{"zzz", `unknown program "zzz"`, `valid: knock, mail, fall`},
		{"--help", `unknown program "--help"`, `valid: knock, mail, fall`},
		{"mail", `mail: which form is missing`, `valid: serve, send now`},
		{"mail --name x", `mail: which form is missing`, `valid: serve, send now`},
		{"mail serv", `mail: unknown form "serv"`, `did you mean serve? valid: serve, send now`},
		{"mail send bob", `mail: unknown form "send"`, `valid: serve, send now`},
		{"mail serve --port 5", `mail serve: unknown flag --port`, `it has no flags`},
		{"knock", `knock: missing argument HOST`, `usage: knock HOST [flags]`},
		{"knock a b", `knock: too many arguments: "b"`, `usage: knock HOST [flags]`},
		{"knock a_b!", `knock: HOST: not a host: "a_b!"`, `a node's name, a name of the hosts file, or an address such as 10.1.0.2`},
		{"knock a --cuont 5", `knock: unknown flag --cuont`, `did you mean --count? ` + knockFlags},
		{"knock a --cuont=5", `knock: unknown flag --cuont`, `did you mean --count? ` + knockFlags},
		{"knock a -5", `knock: unknown flag -5`, knockFlags + `; an argument that begins with - goes after --`},
		{"knock a -count 5", `knock: unknown flag -count`, `did you mean --count? ` + knockFlags + `; an argument that begins with - goes after --`},
		{"knock a --count", `knock: --count needs a value`, `a whole number such as 5; 1 to 100`},
		{"knock a --count five", `knock: --count: not a whole number: "five"`, `a whole number such as 5; 1 to 100`},
		{"knock a --count -5", `knock: --count: not a whole number: "-5"`, `a whole number such as 5; 1 to 100`},
		{"knock a --count=", `knock: --count: not a whole number: ""`, `a whole number such as 5; 1 to 100`},
		{"knock a --count 0", `knock: --count: out of range: 0`, `a whole number such as 5; 1 to 100`},
		{"knock a --count 101", `knock: --count: out of range: 101`, `a whole number such as 5; 1 to 100`},
		{"knock a --count 1 --count 1", `knock: --count is given twice`, ``},
		{"knock a --interval 5", `knock: --interval: not a duration: "5"`, `a duration such as 20ms or 1.5s; at least 1ms`},
		{"knock a --interval 1us", `knock: --interval: out of range: 1us`, `a duration such as 20ms or 1.5s; at least 1ms`},
		{"knock a --loss 60%", `knock: --loss: out of range: 60%`, `a ratio such as 10%, from 0% to 100%; at most 50%`},
		{"knock a --loss 101%", `knock: --loss: not a ratio: "101%"`, `a ratio such as 10%, from 0% to 100%; at most 50%`},
		{"knock a --size 5mb", `knock: --size: not a size: "5mb"`, `a size such as 1500, 10MB or 4KiB`},
		{"knock a --speed 10MB", `knock: --speed: not a rate: "10MB"`, `a rate such as 10mbit`},
		{"knock a --loud=yes", `knock: --loud: unknown value "yes"`, `true or false`},
		{"mail send now bob", `mail send now: missing argument LETTER`, `usage: mail send now HOST LETTER.. --name TEXT [flags]`},
		{"mail send now bob hi", `mail send now: missing flag --name`, `a text`},
		{"mail send now bob hi --name z --how fsat", `mail send now: --how: unknown value "fsat"`, `slow, fast`},
	} {
		_, err := demo().Find(strings.Fields(c.line))
		var u *nodes.UsageError
		if !errors.As(err, &u) {
			t.Errorf("%s: %v, want a usage error", c.line, err)
			continue
		}
		if u.Message != c.message || u.Hint != c.hint {
			t.Errorf("%s\ngot  %s\n     %s\nwant %s\n     %s", c.line, u.Message, u.Hint, c.message, c.hint)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"alice", "bob", "carol", "--alice", "--port"}
	for word, want := range map[string]string{"alcie": "alice", "bop": "bob", "carl": "carol", "--alcie": "--alice", "--blue": "", "--model": "", "zzzzzz": "", "": "", strings.Repeat("x", 1_000_000): ""} {
		if got := nodes.Nearest(word, names); got != want {
			t.Errorf("Nearest(%.20s) = %q, want %q", word, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("knock bob --count 3")
	f.Add("mail send now bob -- --name")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := demo().Find(strings.Split(line, " "))
		var u *nodes.UsageError
		if err != nil && !errors.As(err, &u) {
			t.Errorf("%q: %v is not a usage error", line, err)
		}
		if err == nil && c.Program.Name == "knock" && (c.Int("count") < 1 || c.Duration("interval") < time.Millisecond) {
			t.Errorf("%q: count %d, interval %v", line, c.Int("count"), c.Duration("interval"))
		}
	})
}
