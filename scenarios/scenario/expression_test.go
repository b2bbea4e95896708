package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netsim/nodes"
)

// sample is a result with a field of every type.
const sample = `{"event":"result","sent":100,"lost":3,"loss":0.03,"ttl":63,"rtt":{"min":0.0012,"avg":0.04,"max":2},
	"bytes":4000000,"throughput":9.41e6,"reached":true,"path":["gw","carol"],"lost_packets":[3,7],"count":2,
	"routes":[{"via":"10.1.0.1","metric":0},{"via":"","metric":5}],"error":"","reply":"it's \"HELLO\""}`

func sampleFields() []nodes.Field {
	return []nodes.Field{
		{Name: "sent", Type: nodes.Int}, {Name: "lost", Type: nodes.Int}, {Name: "loss", Type: nodes.Ratio}, {Name: "ttl", Type: nodes.Int},
		{Name: "rtt", Type: nodes.Object, Fields: []nodes.Field{
			{Name: "min", Type: nodes.Duration}, {Name: "avg", Type: nodes.Duration}, {Name: "max", Type: nodes.Duration},
		}},
		{Name: "bytes", Type: nodes.Size}, {Name: "throughput", Type: nodes.Rate}, {Name: "reached", Type: nodes.Bool},
		{Name: "path", Type: nodes.Texts}, {Name: "lost_packets", Type: nodes.Ints}, {Name: "count", Type: nodes.Int},
		{Name: "routes", Type: nodes.Objects, Fields: []nodes.Field{{Name: "via", Type: nodes.Text}, {Name: "metric", Type: nodes.Int}}},
		{Name: "error", Type: nodes.Text}, {Name: "reply", Type: nodes.Text},
	}
}

// sampleNames knows the sample also under the names far and one, which is a function of
// expr-lang.
func sampleNames() names {
	s := newScope()
	s.addResult("far", signature{fields: sampleFields()})
	s.addResult("one", signature{fields: sampleFields()})
	s.addResult("broken", signature{unknown: true})
	return names{own: signature{fields: sampleFields()}, scope: s, nodes: []string{"alice", "client-1"}}
}

func sampleEnvironment(t *testing.T) map[string]any {
	own, err := decode(json.RawMessage(sample))
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]any{"far": own, "one": own, "nodes": map[string]any{
		"alice": map[string]any{"address": "10.1.0.2", "mac": "02:00:0a:01:00:02"}, "client-1": map[string]any{"address": "10.1.0.9", "mac": ""},
	}}
	for k, v := range own {
		env[k] = v
	}
	return env
}

func TestExpressions(t *testing.T) {
	env := sampleEnvironment(t)
	for text, want := range map[string]bool{
		`lost == 3`:                                  true,
		`lost != 3`:                                  false,
		`loss == 3%`:                                 true,
		`loss <= 3.5% and loss > 0`:                  true,
		`loss < 0.03`:                                false,
		`lost / sent == loss`:                        true,
		`lost / sent < 10%`:                          true,
		`rtt.avg == 40ms`:                            true,
		`rtt.avg < 40ms`:                             false,
		`rtt.min == 1.2ms`:                           true,
		`rtt.max == 2s and rtt.max >= 2000ms`:        true,
		`rtt.max < 1m30s`:                            true,
		`rtt.max - rtt.avg > 1s`:                     true,
		`rtt.max > 10 * rtt.avg`:                     true,
		`rtt.max > 150% * rtt.avg`:                   true,
		`rtt.max / rtt.avg == 50`:                    true,
		`rtt.min > 0`:                                true,
		`bytes == 4MB`:                               true,
		`bytes == 4000000`:                           true,
		`bytes > 3MiB and bytes <= 4000kB`:           true,
		`bytes / 4 == 1MB`:                           true,
		`throughput > 9mbit and throughput < 10mbit`: true,
		`throughput >= 90% * 10mbit`:                 true,
		`reached`:                                    true,
		`not reached`:                                false,
		`!reached || ttl == 63`:                      true,
		`reached == true`:                            true,
		`path == ["gw", "carol"]`:                    true,
		`path == ["carol", "gw"]`:                    false,
		`path == []`:                                 false,
		`path != ["gw"]`:                             true,
		`path[0] == "gw" and path[-1] == "carol"`:    true,
		`lost_packets == [3,7]`:                      true,
		`lost_packets == [3, 7, 9]`:                  false,
		`"gw" in path`:                               true,
		`"gw" not in path`:                           false,
		`path contains "gw"`:                         true,
		`path not contains "gw"`:                     false,
		`lost in [1, 2, 3]`:                          true,
		`reply contains "HELLO"`:                     true,
		`reply matches "^it's .*"`:                   true,
		`reply == 'it\'s "HELLO"'`:                   true,
		`error == ""`:                                true,
		`error in ["timeout", "refused"]`:            false,
		`len(path) == 2`:                             true,
		`len(path) == len(far.path)`:                 true,
		`all(routes, .metric >= 0)`:                  true,
		`any(routes, .via == "10.1.0.1")`:            true,
		`none(path, # == "r9")`:                      true,
		`count(routes, .metric > 0) == 1`:            true,
		`count == 2`:                                 true,
		`len(filter(routes, .via != "")) == 1`:       true,
		`map(routes, .metric) == [0, 5]`:             true,
		`max(map(routes, .metric)) == 5`:             true,
		`routes[1].metric == 5`:                      true,
		`abs(ttl - 64) == 1`:                         true,
		`min(rtt.min, rtt.avg) == rtt.min`:           true,
		`max(lost_packets) == 7`:                     true,
		`one.ttl - far.ttl == 0`:                     true,
		`one.rtt.avg == rtt.avg`:                     true,
		`-ttl == 0 - 63`:                             true,
		`60 < ttl <= 63`:                             true,
		`plausible(lost, sent, 3%)`:                  true,
		`plausible(lost, sent, 90%)`:                 false,
		`plausible(lost, sent, 0)`:                   false,
		`nodes.alice.address == "10.1.0.2"`:          true,
		`nodes["client-1"].address == "10.1.0.9"`:    true,
		`nodes.alice.mac == "02:00:0a:01:00:02"`:     true,
		`reply != "40ms 10%"`:                        true,
	} {
		x, faults := compile(text, sampleNames())
		if len(faults) > 0 {
			t.Errorf("%s: %+v", text, faults)
			continue
		}
		if got, err := x.holds(env); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}

// TestFaults says where each of them is.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		`rtt.avg < 10%`:              "8: a duration is compared with a ratio",
		`rtt.avg < 40`:               "8: a duration is compared with a plain number",
		`rtt.avg + loss > 0`:         "8: a duration + a ratio",
		`loss < 10`:                  "7: a ratio is compared with 10, and ratios go from 0 to 1",
		`loss == lost`:               "5: a ratio is compared with a count",
		`bytes == 40ms`:              "6: a size is compared with a duration",
		`throughput == bytes`:        "11: a rate is compared with a size",
		`bytes / rtt.max > 1mbit`:    "6: a size / a duration",
		`bytes * rtt.max > 0`:        "6: a size * a duration",
		`"日本" == reply and tll == 1`: `18: unknown name "tll"`,
		`40ms < rtt.avg and x`:       `19: unknown name "x"`,
		`path == ["gw", 3]`:          "15: a list of a text and a plain number",
		`path == [3]`:                "5: a list is compared with a list",
		`3 in path`:                  "2: a plain number is looked for in a list of a text",
		`"x" in reply`:               "4: in a text",
		`lost contains 3`:            "5: a count contains a plain number",
		`reply matches path`:         "14: matches takes a regular expression in quotes",
		`lost matches "x"`:           "5: a count matches a text",
		`rtt == 3`:                   "4: an object is compared with a plain number",
		`rtt.avg.x == 3`:             "8: a duration has no fields",
		`routes.via == ""`:           "7: a list has no fields",
		`rtt[path] == 3`:             "3: a field is named by a text",
		`path["x"] == "gw"`:          "4: a list has no fields",
		`path[reply] == "gw"`:        "5: a value of a list is asked for by its number",
		`# == 3`:                     `0: not an expression: unexpected token "#"`,
		`all(lost, # > 3)`:           "0: a count is not a list",
		`all(path, #index > 3)`:      "10: unknown name #index",
		`len(lost) == 3`:             "0: len of a count",
		`abs(path) == 3`:             "0: abs of a list",
		`min(ttl, rtt.avg) == 3`:     "9: a duration beside a count",
		`min(path) == 3`:             "0: the least or greatest of a text",
		`-path == 3`:                 "0: - before a list",
		`reply * 2 == 3`:             "6: a text * a plain number",
		`reply / 2 == 3`:             "6: a text / a plain number",
		`one(path, # == "x")`:        `0: unknown function "one"`,
		`reply.len() == 3`:           "6: only functions can be called",
		`plausible(loss, sent, 10%)`: "10: plausible takes a count, not a ratio",
		`plausible(lost, sent, 10)`:  "22: a ratio is compared with 10, and ratios go from 0 to 1",
		`let x = 3; x == 3`:          "4: this is not part of the language of expectations",
		`lost == 3; true`:            "5: this is not part of the language of expectations",
		`{"a": 1} == 3`:              "0: this is not part of the language of expectations",
		`path[0:1] == ["gw"]`:        "4: this is not part of the language of expectations",
		`far?.ttl == 3`:              "5: this is not part of the language of expectations",
		`1 .. 3 == [1]`:              "2: unknown operator ..",
		`lost % 2 == 1`:              "5: unknown operator %",
		`40 ms < rtt.avg`:            `3: not an expression: unexpected token "ms"`,
		`"open`:                      "4: not an expression: literal not terminated",
		`nodes.bob.address == ""`:    `6: unknown field "bob"`,
		`nodes == ""`:                "6: an object is compared with a text",
		`far`:                        "0: an expectation is true or false, and this is an object",
		`far.tll == 3`:               `4: unknown field "tll"`,
		`10%% == 3`:                  "5: not an expression: unexpected token \"==\"",
	} {
		_, faults := compile(text, sampleNames())
		if len(faults) == 0 {
			t.Errorf("%s: no fault, want %s", text, want)
			continue
		}
		if got := fmt.Sprintf("%d: %s", faults[0].offset, faults[0].message); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestUnknownSignature says nothing about results of commands that have mistakes.
func TestUnknownSignature(t *testing.T) {
	n := sampleNames()
	n.own = signature{unknown: true}
	for _, text := range []string{`broken.ttl == 3`, `broken.x.y < 40ms`, `ttl == 64`, `all(x, .y)`} {
		if _, faults := compile(text, n); len(faults) > 0 {
			t.Errorf("%s: %+v", text, faults)
		}
	}
}

func TestUses(t *testing.T) {
	for text, want := range map[string]string{
		`ttl == 64`:                                        "ttl",
		`far.rtt.avg < 2 * one.rtt.avg`:                    "far.rtt.avg one.rtt.avg",
		`lost < sent and lost > 0`:                         "lost sent",
		`path[0] == "gw"`:                                  "path",
		`all(routes, .metric == ttl)`:                      "routes ttl",
		`nodes.alice.address == nodes["client-1"].address`: "nodes.alice.address nodes.client-1.address",
	} {
		x, faults := compile(text, sampleNames())
		if len(faults) > 0 {
			t.Fatalf("%s: %+v", text, faults)
		}
		var got []string
		for _, u := range x.uses {
			got = append(got, u.String())
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %s", text, got, want)
		}
	}
}

// TestBrokenAtRunTime: an index out of range is an error, not a panic.
func TestBrokenAtRunTime(t *testing.T) {
	x, faults := compile(`path[7] == "gw"`, sampleNames())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if _, err := x.holds(sampleEnvironment(t)); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("got %v", err)
	}
}

func TestPlausible(t *testing.T) {
	for _, x := range []struct {
		k, n int
		p    float64
		want bool
	}{
		{0, 0, 0.1, true}, {1, 0, 0.1, false}, {-1, 10, 0.1, false}, {11, 10, 0.1, false},
		{0, 100, 0, true}, {1, 100, 0, false}, {100, 100, 1, true}, {99, 100, 1, false},
		// 0.9^131 = 1.01e-6, 0.9^137 = 5.4e-7, 0.9^138 = 4.8e-7: half a millionth lies between.
		{0, 131, 0.1, true}, {0, 137, 0.1, true}, {0, 138, 0.1, false},
		// 0.1^6 = 1e-6, 0.1^7 = 1e-7.
		{6, 6, 0.1, true}, {7, 7, 0.1, false},
		{100, 1000, 0.1, true}, {57, 1000, 0.1, true}, {30, 1000, 0.1, false}, {147, 1000, 0.1, true}, {150, 1000, 0.1, false},
		{500_000_000, 1_000_000_000, 0.5, true}, {500_100_000, 1_000_000_000, 0.5, false}, {1_000_000_000, 1_000_000_000, 0.5, false},
	} {
		if got := plausible(x.k, x.n, x.p); got != x.want {
			t.Errorf("plausible(%d, %d, %v) = %v, want %v", x.k, x.n, x.p, got, x.want)
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		`ping bob`:                  {"ping", "bob"},
		"  ping \t bob \n":          {"ping", "bob"},
		`echo 'a b' "c d" e\ f`:     {"echo", "a b", "c d", "e f"},
		`a"b"'c'd`:                  {"abcd"},
		`'' ""`:                     {"", ""},
		`"say \"hi\" \n" 'back\'`:   {`say "hi" \n`, `back\`},
		`$HOME *.go ; ls | cat > x`: {"$HOME", "*.go", ";", "ls", "|", "cat", ">", "x"},
		``:                          nil,
	} {
		words, err := splitWords(text)
		if got := texts(words); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"open`, `'open`, `end\`} {
		if words, err := splitWords(text); err == nil {
			t.Errorf("%q: %v, want an error", text, words)
		}
	}
	if words, _ := splitWords(`ping  "b b" x`); words[1].offset != 6 || words[2].offset != 12 {
		t.Errorf("offsets: %+v", words)
	}
}
