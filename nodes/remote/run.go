package remote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"time"

	"netsim/nodes"
	"netsim/nodes/mutual"
	"netsim/nodes/stream"
)

func runForm() nodes.Form {
	return nodes.Form{
		Words:   "run",
		Summary: "has a command run by a server that has the same secret",
		Args: []nodes.Arg{
			{Name: "HOST", Type: nodes.Host, Help: "where remote serve runs"},
			{Name: "COMMAND", Type: nodes.Text, Repeated: true, Help: "the command's words; one alone is parted at its blanks"},
		},
		Flags: []nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: defaultPort, Min: "1", Max: "65535", Help: "the server's port"},
			{Name: "user", Type: nodes.Text, Default: "operator", Help: "who to say one is"},
			{Name: "secret", Type: nodes.Path, Required: true, Help: "file of the secret that both sides have"},
			{Name: "server", Type: nodes.Text, Help: "the name that the server must prove; any one that has the secret when not given"},
			{Name: "timeout", Type: nodes.Duration, Default: "15s", Min: "1ms", Help: "for all of it, the command too"},
		},
		Notes: []string{
			"Words that begin with - go after --: remote run bob --secret key.txt -- uname -a. Or all of the command is one word: 'uname -a', in which quotes keep blanks.",
			"A command that ends with another status than 0 has been run: exit tells, and error is empty. It is denied where the secret is wrong, where the server does not have it, and where the command is not on the server's list.",
		},
		Result: []nodes.Field{
			{Name: "exit", Type: nodes.Int, Help: "the command's exit status, 128 and the number of a signal that ended it, or -1 when it did not run"},
			{Name: "stdout", Type: nodes.Text, Help: "its standard output"},
			{Name: "stderr", Type: nodes.Text, Help: "its standard error"},
			{Name: "cut", Type: nodes.Size, Help: "output beyond the server's limit, which was thrown away"},
			{Name: "server", Type: nodes.Text, Help: "the name that the server has proved"},
			{Name: "seconds", Type: nodes.Duration, Help: "from connecting to the answer"},
		},
		Run: run,
	}
}

// wanted is the command that an operator has typed.
func wanted(words []string) ([]string, error) {
	if len(words) == 1 {
		var err error
		if words, err = split(words[0]); err != nil {
			return nil, &nodes.UsageError{Message: "remote run: COMMAND: " + err.Error(), Hint: "give its words one by one, after --"}
		}
	}
	return words, checkCommand(words)
}

func run(ctx context.Context, call *nodes.Call) error {
	result := nodes.Values{"exit": -1}
	defer func() { call.Result(result) }()
	command, err := wanted(call.Args("COMMAND"))
	if err != nil {
		return err
	}
	secret, err := mutual.ReadSecret(call.Text("secret"))
	if err != nil {
		return err
	}
	server, err := stream.ServerOf(call)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, call.Duration("timeout"))
	defer cancel()
	o := operator{
		server: server, name: call.Text("server"),
		id: mutual.Identity{Name: call.Text("user"), Secret: secret},
	}
	start := time.Now()
	a, proved, err := o.ask(within, command)
	result["server"], result["seconds"] = proved, time.Since(start)
	if err != nil && ctx.Err() != nil {
		return nodes.Failf(nodes.Failed, "interrupted") // what came of that says nothing
	}
	if err != nil {
		return err
	}
	result["exit"], result["cut"] = a.Exit, a.Cut
	result["stdout"], result["stderr"] = text(a.Stdout), text(a.Stderr)
	return a.failure()
}

func text(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// operator asks one server.
type operator struct {
	server netip.AddrPort
	name   string // that it must prove; "" any
	id     mutual.Identity
}

func (o operator) ask(ctx context.Context, command []string) (a answer, server string, err error) {
	conn, err := stream.Dial(ctx, o.server)
	if err != nil {
		return a, "", err
	}
	defer conn.Close()
	defer stream.Expire(ctx, conn)()
	session, err := mutual.Client(conn, o.id, o.name)
	if err != nil {
		return a, "", err
	}
	session.Max = maxAnswer
	b, err := json.Marshal(request{command})
	if err == nil {
		err = session.Write(b)
	}
	if err != nil {
		return a, session.Peer, err
	}
	b, err = session.Read()
	if errors.Is(err, io.EOF) {
		err = nodes.Failf(nodes.Closed, "the server left without an answer")
	}
	if err != nil {
		return a, session.Peer, err
	}
	a, err = parseAnswer(b)
	return a, session.Peer, err
}
