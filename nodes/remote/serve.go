package remote

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"netsim/nodes"
	"netsim/nodes/mutual"
	"netsim/nodes/stream"
)

func serveForm() nodes.Form {
	flags := []nodes.Flag{
		listenFlag(),
		{Name: "user", Type: nodes.Text, Default: "operator", Help: "the name that operators must have"},
		{Name: "secret", Type: nodes.Path, Required: true, Help: "file of the secret that both sides have"},
		{Name: "name", Type: nodes.Text, Help: "this server's name, which operators may ask for; the host's name when not given"},
	}
	return nodes.Form{
		Words: "serve", Server: true,
		Summary: "runs listed commands for operators that have the secret",
		Flags: append(append(flags, runnerFlags()...),
			nodes.Flag{Name: "commands", Type: nodes.Int, Default: "4", Min: "1", Max: "64", Help: "so many run at the same time; more are refused"},
			nodes.Flag{Name: "clients", Type: nodes.Int, Default: "64", Min: "1", Max: "1024", Help: "so many operators at the same time; then who has not authenticated yet is left for who comes, and if all have, more wait"},
			nodes.Flag{Name: "attempts", Type: nodes.Int, Default: "10", Min: "1", Help: "wrong secrets in a row from one address; then one every 5s"},
			nodes.Flag{Name: "patience", Type: nodes.Duration, Default: "5s", Min: "1ms", Help: "an operator may take so long to authenticate and say its command, and to take the answer"},
		),
		Notes: append(runnerNotes(),
			"Both sides prove that they have the secret; it never goes over the network, and an unknown user looks like a wrong secret. Nothing is encrypted: who listens can read commands and output.",
			"A secret should be long and random, such as 16 bytes of /dev/urandom in hexadecimal."),
		Ready: append(nodes.ListenFields(), nodes.Field{Name: "name", Type: nodes.Text, Help: "the server's name"}),
		Events: []nodes.Kind{{
			Event: "command", Help: "a command was asked for; the first 1000 are told",
			Fields: append([]nodes.Field{
				{Name: "from", Type: nodes.Text, Help: "the operator's address"},
				{Name: "user", Type: nodes.Text, Help: "the operator's name"},
			}, commandFields()...),
		}},
		Result: append(append([]nodes.Field{{Name: "clients", Type: nodes.Int, Help: "connections taken"}}, runnerResult()...),
			nodes.Field{Name: "busy", Type: nodes.Int, Help: "commands refused because too many were running"},
			nodes.Field{Name: "unauthenticated", Type: nodes.Int, Help: "connections that did not prove to have the secret"},
			nodes.Field{Name: "evicted", Type: nodes.Int, Help: "connections left before they had proved it, as others needed their places"},
			nodes.Field{Name: "malformed", Type: nodes.Int, Help: "operators that proved it and then sent no request, or one that was changed on the way"},
			nodes.Field{Name: "limited", Type: nodes.Int, Help: "of the unauthenticated, the ones beyond --attempts"},
		),
		Run: serve,
	}
}

// every is how long until an address may try a wrong secret once more.
const every = 5 * time.Second

// server is one run of `remote serve`.
type server struct {
	call     *nodes.Call
	name     string
	secret   []byte
	patience time.Duration
	runner   *runner
	attempts mutual.Attempts
	complain complaints

	clients, unauthenticated, malformed, limited, told atomic.Int64
}

func serve(ctx context.Context, call *nodes.Call) error {
	s, err := newServer(call)
	if err != nil {
		return err
	}
	listener, err := stream.Listen(call.Int("port"))
	if err != nil {
		return err
	}
	defer listener.Close()
	call.Ready(nodes.Values{"address": listener.Addr().String(), "port": listener.Addr().(*net.TCPAddr).Port, "name": s.name})
	tcp := stream.Server{Listener: listener, Clients: call.Int("clients"), Evict: true, Serve: s.serve, Logf: call.Logf}
	tcp.Run(ctx)
	s.complain.flush()
	v := s.result()
	v["evicted"] = tcp.Evicted()
	call.Result(v)
	return nil
}

func newServer(call *nodes.Call) (*server, error) {
	secret, err := mutual.ReadSecret(call.Text("secret"))
	if err != nil {
		return nil, err
	}
	runner, err := newRunner(call, call.Int("commands"))
	if err != nil {
		return nil, err
	}
	name := call.Text("name")
	if name == "" {
		if name, err = os.Hostname(); err != nil {
			return nil, err
		}
	}
	for flag, name := range map[string]string{"name": name, "user": call.Text("user")} {
		if mutual.CheckName(name) != nil {
			return nil, &nodes.UsageError{Message: "remote serve: --" + flag + " is no name", Hint: "1 to 64 printable bytes"}
		}
	}
	return &server{
		call: call, name: name, secret: secret, patience: call.Duration("patience"), runner: runner,
		attempts: mutual.Attempts{Burst: call.Int("attempts"), Every: every},
		complain: complaints{logf: call.Logf},
	}, nil
}

func (s *server) result() nodes.Values {
	v := s.runner.result()
	v["clients"], v["busy"] = s.clients.Load(), s.runner.busy.Load()
	v["unauthenticated"], v["limited"], v["malformed"] = s.unauthenticated.Load(), s.limited.Load(), s.malformed.Load()
	return v
}

// serve serves one operator: who are you, what shall run, that is what became of it.
func (s *server) serve(ctx context.Context, conn *stream.Conn) {
	s.clients.Add(1)
	_ = conn.SetDeadline(time.Now().Add(s.patience)) // a closed connection says so at the read
	session, err := s.authenticate(conn)
	if conn.Evicted() {
		return // which is counted and logged
	}
	if err != nil {
		s.unauthenticated.Add(1)
		s.complain.say("%s: %v", stream.Remote(conn), err)
		return
	}
	conn.Keep()
	r, err := readRequest(session)
	if err != nil {
		s.malformed.Add(1)
		s.complain.say("%s, as %s: %v", stream.Remote(conn), session.Peer, err)
		return
	}
	s.answer(conn, session, s.run(ctx, conn, session.Peer, r.Command))
}

// authenticate lets an address that has tried too often fail whatever it says, in the way of all
// who fail.
func (s *server) authenticate(conn *stream.Conn) (*mutual.Session, error) {
	from := stream.Remote(conn).Addr()
	allowed := true
	session, err := mutual.Server(conn, s.name, func(user string) ([]byte, bool) {
		if allowed = s.attempts.Take(from, time.Now()); !allowed {
			s.limited.Add(1)
		}
		return s.secret, allowed && user == s.call.Text("user")
	})
	if err == nil {
		s.attempts.Return(from)
	}
	return session, err
}

// run runs a command for as long as its operator is there.
func (s *server) run(ctx context.Context, conn *stream.Conn, user string, command []string) outcome {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = conn.SetDeadline(time.Time{})
	var watch sync.WaitGroup
	watch.Go(func() {
		_, _ = conn.Read(make([]byte, 1)) // nothing more is due: what comes is the end, or no operator of ours
		cancel()
	})
	o := s.runner.run(ctx, command)
	_ = conn.SetReadDeadline(time.Unix(1, 0))
	watch.Wait()
	if s.told.Add(1) <= maxEvents {
		s.call.Event("command", nodes.Values{
			"from": stream.Remote(conn).Addr(), "user": user, "command": command, "exit": o.exit, "error": string(o.word),
		})
	}
	return o
}

func (s *server) answer(conn *stream.Conn, session *mutual.Session, o outcome) {
	b, err := json.Marshal(answerOf(o))
	if err == nil {
		_ = conn.SetWriteDeadline(time.Now().Add(s.patience))
		session.Max = maxAnswer
		err = session.Write(b)
	}
	if err != nil {
		s.complain.say("%s has not taken its answer: %v", stream.Remote(conn), err)
	}
}
