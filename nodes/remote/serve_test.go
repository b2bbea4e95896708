package remote_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"netsim/nodes"
	"netsim/nodes/nodestest"
	"netsim/nodes/remote"
)

func TestTables(t *testing.T) { nodestest.Tables(t, nodes.Set{remote.Program()}) }

func TestWhatIsOnTheListIsRun(t *testing.T) {
	p := serve(t, "netsim node say a 'b c'\nnetsim node bytes\nnetsim node suicide\n")
	for _, words := range [][]string{{"netsim", "node", "say", "a", "b c"}, {`netsim node say a "b c"`}} {
		o := p.run(nil, words...)
		if o.Status != nodes.Worked || o.Number("exit") != 3 || o.Result["stdout"] != "a|b c" || o.Result["stderr"] != "oops" || o.Result["server"] != "bob" {
			t.Errorf("%q: %v %s", words, o.Result, o.Stderr)
		}
	}
	if o := p.run(nil, "netsim node bytes"); o.Result["stdout"] != "\uFFFD\x00" {
		t.Errorf("bytes: %q", o.Result["stdout"])
	}
	if o := p.run(nil, "netsim node suicide"); o.Number("exit") != 128+15 || o.Error() != "" {
		t.Errorf("ended by a signal: %v", o.Result)
	}
	o := p.server.Stop()
	if o.Status != nodes.Worked || o.Number("commands") != 4 || o.Number("denied") != 0 || o.Number("clients") != 4 {
		t.Errorf("the server's result: %v", o.Result)
	}
	if e := o.Events[1]; e["event"] != "command" || e["user"] != "operator" || e["from"] != "127.0.0.1" || fmt.Sprint(e["command"]) != "[netsim node say a b c]" {
		t.Errorf("the first event: %v", e)
	}
}

func TestWhatIsNotOnTheListIsDenied(t *testing.T) {
	p := serve(t, "netsim node say a\n")
	for _, words := range [][]string{
		{"netsim", "node", "say"}, {"netsim", "node", "say", "a", "b"}, {"netsim", "node", "say", "a "}, {"netsim node say a; date"},
		{"netsim node say $(date)"}, {"sh", "-c", "netsim node say a"}, {"NETSIM node say a"}, {"", "netsim"},
	} {
		if o := p.run(nil, words...); o.Error() != nodes.Denied || o.Number("exit") != -1 || !strings.Contains(o.Stderr, "not allowed") {
			t.Errorf("%q: %v", words, o.Result)
		}
	}
	if o := p.server.Stop(); o.Number("commands") != 0 || o.Number("denied") != 8 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

func TestWithoutAList(t *testing.T) {
	p := newPlace(t, "")
	p.server = nodestest.Start(t, remote.Program(), "remote", "serve", "--port", "0", "--secret", p.file("key"))
	if o := p.run(nil, "netsim", "node", "show", "addresses"); o.Error() != "" || o.Number("exit") != 0 {
		t.Errorf("got %v", o.Result)
	}
	if o := p.run(nil, "ls"); o.Error() != nodes.Denied {
		t.Errorf("got %v", o.Result)
	}
}

func TestNoSuchProgram(t *testing.T) {
	p := serve(t, "no-such-program\n/no/such/program\n")
	for _, name := range []string{"no-such-program", "/no/such/program"} {
		if o := p.run(nil, name); o.Error() != nodes.NotFound || o.Number("exit") != -1 {
			t.Errorf("%s: %v", name, o.Result)
		}
	}
}

func TestEnvironmentIsMinimal(t *testing.T) {
	t.Setenv("SECRET_OF_THE_SERVER", "1")
	p := serve(t, "netsim node environment\n")
	o := p.run(nil, "netsim node environment")
	if s := fmt.Sprint(o.Result["stdout"]); !strings.HasPrefix(s, "PATH=") || strings.Contains(s, "\n") {
		t.Errorf("environment %q", s)
	}
}

func TestOtherSecretsAndUsersAreDenied(t *testing.T) {
	p := serve(t, "netsim node say a\n")
	for _, flags := range [][]string{{"--secret", p.file("bad")}, {"--user", "mallory"}, {"--server", "carol"}} {
		if o := p.run(flags, "netsim node say a"); o.Error() != nodes.Denied || o.Number("exit") != -1 {
			t.Errorf("%q: %v", flags, o.Result)
		}
	}
	if o := p.run([]string{"--server", "bob"}, "netsim node say a"); o.Error() != "" {
		t.Errorf("got %v %s", o.Result, o.Stderr)
	}
	if o := p.server.Stop(); o.Number("unauthenticated") != 3 || o.Number("commands") != 1 || o.Number("limited") != 0 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

// An operator is not deceived by a server that has another secret.
func TestServerWithAnotherSecret(t *testing.T) {
	p := newPlace(t, "netsim node say a\n")
	p.write("key", "another one")
	p.start("0")
	p.write("key", goodSecret)
	if o := p.run(nil, "netsim node say a"); o.Error() != nodes.Denied {
		t.Errorf("got %v", o.Result)
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	p := serve(t, "netsim node say a\n", "--attempts", "2")
	for range 4 { // right ones cost nothing
		if o := p.run(nil, "netsim node say a"); o.Error() != "" {
			t.Fatalf("got %v", o.Result)
		}
	}
	for range 2 {
		p.run([]string{"--secret", p.file("bad")}, "netsim node say a")
	}
	if o := p.run(nil, "netsim node say a"); o.Error() != nodes.Denied {
		t.Errorf("after too many attempts: %v", o.Result)
	}
	if o := p.server.Stop(); o.Number("unauthenticated") != 3 || o.Number("limited") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

func TestOutputIsCut(t *testing.T) {
	p := serve(t, "netsim node flood\n", "--output", "1KiB")
	o := p.run(nil, "netsim node flood")
	if len(fmt.Sprint(o.Result["stdout"])) != 1024 || o.Number("cut") != 200_000-1024 || o.Error() != "" || o.Number("exit") != 0 {
		t.Errorf("%d bytes, cut %v, %v", len(fmt.Sprint(o.Result["stdout"])), o.Result["cut"], o.Error())
	}
	if o := p.server.Stop(); o.Number("cut") != 200_000-1024 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

func linuxOnly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("process groups are killed on Linux alone")
	}
}

func TestTimeLimitKillsTheGroup(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node family "+p.file("pids"))
	p.start("0", "--limit", "2s")
	o := p.run(nil, "netsim", "node", "family", p.file("pids"))
	if o.Error() != nodes.Timeout || o.Number("exit") != 128+9 || o.Result["stdout"] != "begun" {
		t.Errorf("got %v", o.Result)
	}
	gone(t, family(t, p.file("pids")))
	if o := p.server.Stop(); o.Number("timeouts") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

func TestCommandEndsWithItsOperator(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node family "+p.file("pids"))
	p.start("0", "--limit", "1h")
	c, _ := p.asked(t.Context(), "netsim", "node", "family", p.file("pids"))
	pids := family(t, p.file("pids"))
	c.Close()
	gone(t, pids)
	if e := p.server.Await("command"); e["error"] != "closed" {
		t.Errorf("got %v", e)
	}
}

func TestCommandEndsWithTheServer(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node family "+p.file("pids"))
	p.start("0", "--limit", "1h")
	p.asked(t.Context(), "netsim", "node", "family", p.file("pids"))
	pids := family(t, p.file("pids"))
	if o := p.server.Stop(); o.Status != nodes.Worked || o.Number("commands") != 1 {
		t.Errorf("got %v", o.Result)
	}
	gone(t, pids)
	p.start(p.server.Text("port")) // the port is free again at once
}

func TestMoreCommandsAreRefused(t *testing.T) {
	linuxOnly(t)
	p := newPlace(t, "")
	p.write("list", "netsim node say a\nnetsim node family "+p.file("pids"))
	p.start("0", "--commands", "1", "--limit", "1h")
	c, _ := p.asked(t.Context(), "netsim", "node", "family", p.file("pids"))
	family(t, p.file("pids"))
	if o := p.run(nil, "netsim node say a"); o.Error() != nodes.Refused || o.Number("exit") != -1 {
		t.Errorf("got %v", o.Result)
	}
	c.Close()
	p.server.Await("command")
	p.server.Await("command")
	if o := p.run(nil, "netsim node say a"); o.Error() != "" {
		t.Errorf("got %v", o.Result)
	}
	if o := p.server.Stop(); o.Number("busy") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

// No output is an empty text, as the wire has it, also where nothing ran.
func TestEmptyOutputOnTheWire(t *testing.T) {
	p := serve(t, "netsim node quiet\n")
	for _, word := range []string{"quiet", "other"} {
		_, session := p.asked(t.Context(), "netsim", "node", word)
		b, err := session.Read()
		if err != nil || !strings.Contains(string(b), `"stdout":"","stderr":""`) {
			t.Errorf("%s: %s, %v", word, b, err)
		}
	}
}

func TestRunIsInterrupted(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := newPlace(t, "")
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := l.Accept(); err == nil {
			defer c.Close()
			cancel()
			<-t.Context().Done()
		}
	}()
	var out, errs shared
	status := nodes.Set{remote.Program()}.Main(ctx, []string{"remote", "run", "127.0.0.1", "date", "--port", port, "--secret", p.file("key")}, strings.NewReader(""), &out, &errs, false)
	if status != nodes.NotDone || !strings.Contains(out.String(), `"error":"failed"`) || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("%d %s %s", status, out.String(), errs.String())
	}
}

func TestServerThatCannotServe(t *testing.T) {
	p := serve(t, "")
	p.write("empty", "\n")
	p.write("broken", "date\nsay 'hello\n")
	for want, flags := range map[nodes.Word][]string{
		nodes.Denied:       {"--port", "0", "--secret", p.file("empty")},
		nodes.NotFound:     {"--port", "0", "--secret", p.file("none")},
		nodes.Failed:       {"--port", "0", "--secret", p.file("key"), "--allow", p.file("broken")},
		nodes.AddressInUse: {"--port", p.server.Text("port"), "--secret", p.file("key")},
	} {
		o := nodestest.Run(t, remote.Program(), append([]string{"remote", "serve"}, flags...)...)
		if o.Status != nodes.NotDone || o.Error() != want {
			t.Errorf("%q: %v %s", flags, o.Result, o.Stderr)
		}
		if want == nodes.Failed && !strings.Contains(o.Stderr, "broken:2: ") {
			t.Errorf("no line in %q", o.Stderr)
		}
	}
}

func TestOperatorThatGetsNoAnswer(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t, "")
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ask := func(timeout string) nodestest.Outcome {
		return nodestest.Run(t, remote.Program(), "remote", "run", "127.0.0.1", "date", "--port", port, "--secret", p.file("key"), "--timeout", timeout)
	}
	if o := ask("50ms"); o.Error() != nodes.Timeout || o.Number("exit") != -1 {
		t.Errorf("silent: %v", o.Result)
	}
	l.Close()
	if o := ask("20s"); o.Error() != nodes.Refused {
		t.Errorf("nobody there: %v", o.Result)
	}
}
