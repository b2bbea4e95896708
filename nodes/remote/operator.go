package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/framing"
	"netsim/nodes/stream"
)

func operatorForm() nodes.Form {
	return nodes.Form{
		Words: "operator", Server: true, Lines: true,
		Summary: "listens for an agent and sends it commands, insecure",
		Args:    []nodes.Arg{{Name: "COMMAND", Type: nodes.Text, Repeated: true, Optional: true, Help: "a command each; lines of standard input when not given"}},
		Flags: []nodes.Flag{
			listenFlag(), charset.Flag(), bigEndianFlag(),
			{Name: "timeout", Type: nodes.Duration, Default: "15s", Min: "1ms", Help: "an agent may take so long to answer, then it is left"},
			{Name: "longest", Type: nodes.Size, Default: "256KiB", Max: "4MiB", Help: "an agent that announces a longer answer is left"},
		},
		Notes: []string{
			insecure,
			"Each line is sent as it is, without framing: an agent takes for a command what one read returns. The next one waits for the answer.",
			"q, or the end of the commands, is sent to the agent and ends both; with no agent there and nothing to send it ends the operator alone. /help is explained and not sent. When an agent leaves before, the next one is waited for, and its command is lost; more than one at a time wait their turn.",
			"With COMMANDs, an agent that leaves before the last one, or answers what is no answer, ends the operator too: error says why, and those that were not answered are counted.",
		},
		Ready: nodes.ListenFields(),
		Events: []nodes.Kind{
			{Event: "agent", Help: "an agent is there; the first 1000 are told", Fields: []nodes.Field{
				{Name: "from", Type: nodes.Text, Help: "its address:port"},
			}},
			{Event: "answer", Help: "what an agent has answered", Text: answerLine, Fields: []nodes.Field{
				{Name: "from", Type: nodes.Text, Help: "the agent's address"},
				{Name: "command", Type: nodes.Text, Help: "what it was sent"},
				{Name: "text", Type: nodes.Text, Help: "standard output, then standard error"},
			}},
		},
		Result: []nodes.Field{
			{Name: "agents", Type: nodes.Int, Help: "agents served"},
			{Name: "answers", Type: nodes.Int, Help: "commands that were answered"},
			{Name: "unanswered", Type: nodes.Int, Help: "commands that were not"},
			{Name: "bytes", Type: nodes.Size, Help: "of all answers"},
		},
		Run: runOperator,
	}
}

func answerLine(v nodes.Values) string {
	s, _ := v["text"].(string)
	return expandTabs(strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\r\n"))
}

// plainOperator is one run of `remote operator`.
type plainOperator struct {
	call     *nodes.Call
	codec    framing.Codec
	encoding charset.Encoding
	lines    <-chan string
	scripted bool   // lines are COMMANDs: the first that fails is the end
	finish   func() // ends the run
	complain complaints
	failed   error

	agents, answers, unanswered, bytes atomic.Int64
	serving, allSaid                   atomic.Bool
}

func runOperator(ctx context.Context, call *nodes.Call) error {
	listener, err := stream.Listen(call.Int("port"))
	if err != nil {
		return err
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := &plainOperator{
		call: call, encoding: charset.Encoding(call.Text("encoding")), finish: cancel, complain: complaints{logf: call.Logf},
		codec: framing.Codec{BigEndian: call.Bool("big-endian"), Max: int(max(call.Size("longest"), 1))},
	}
	call.Ready(nodes.Values{"address": listener.Addr().String(), "port": listener.Addr().(*net.TCPAddr).Port})
	o.scripted = len(call.Args("COMMAND")) > 0
	o.typed(ctx)
	if !o.scripted {
		o.call.Say("waiting for an agent on port %d; type commands for it, /help explains, q ends it", listener.Addr().(*net.TCPAddr).Port)
	}
	tcp := stream.Server{Listener: listener, Clients: 1, Stuck: call.Duration("timeout"), Serve: o.serve, Logf: call.Logf}
	tcp.Run(ctx)
	o.complain.flush()
	if o.scripted && o.failed != nil { // those, too, that were not asked any more
		o.unanswered.Store(int64(len(call.Args("COMMAND"))) - o.answers.Load())
	}
	call.Result(nodes.Values{
		"agents": o.agents.Load(), "answers": o.answers.Load(), "unanswered": o.unanswered.Load(), "bytes": o.bytes.Load(),
	})
	return o.failed
}

// typed gives the commands up to q, and is closed after the last one. Who types q or ends the input when no agent is
// there means the operator.
func (o *plainOperator) typed(ctx context.Context) {
	out := make(chan string, 64)
	o.lines = out
	given := o.call.Args("COMMAND")
	go func() {
		defer close(out)
		for _, line := range given {
			if !hand(ctx, out, line) {
				return
			}
		}
		if o.scripted {
			return
		}
		o.read(ctx, out)
		o.allSaid.Store(true)
		o.leaveAlone()
	}()
}

// read hands on typed lines up to q. /help is for us.
func (o *plainOperator) read(ctx context.Context, out chan<- string) {
	for line := range o.call.Lines(ctx) {
		switch strings.TrimSpace(line) {
		case quit:
			return
		case "/help":
			o.call.Say("%s", help)
			continue
		}
		if !hand(ctx, out, line) {
			return
		}
	}
}

// leaveAlone ends the run when everything is said and no agent is there to be told so.
func (o *plainOperator) leaveAlone() {
	if o.allSaid.Load() && !o.serving.Load() && len(o.lines) == 0 {
		o.finish()
	}
}

// help is what /help says.
const help = `Each line is sent to the agent as a command, and its answer is shown; the next one waits for that.
Before an agent is there lines wait, too. q or Ctrl-D ends it.`

func hand(ctx context.Context, to chan<- string, line string) bool {
	select {
	case to <- line:
		return true
	case <-ctx.Done():
		return false
	}
}

// serve has one agent until it leaves or everything is said.
func (o *plainOperator) serve(ctx context.Context, conn *stream.Conn) {
	o.serving.Store(true)
	defer func() {
		o.serving.Store(false)
		o.leaveAlone() // its commands were the last
	}()
	if o.agents.Add(1) <= maxEvents {
		o.call.Event("agent", nodes.Values{"from": stream.Remote(conn)})
	}
	err := o.converse(ctx, conn)
	if err == nil || ctx.Err() != nil {
		return
	}
	if o.scripted {
		o.failed = err
		o.finish()
		return
	}
	o.complain.say("%s is left: %v", stream.Remote(conn), err)
}

// converse sends lines and takes answers.
func (o *plainOperator) converse(ctx context.Context, conn *stream.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	answers := make(chan heard)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.hear(ctx, conn, answers)
	}()
	defer func() { // in this order: the reader ends with its connection
		cancel()
		conn.Close()
		<-ended
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case a := <-answers:
			if a.err == nil {
				a.err = nodes.Failf(nodes.Corrupted, "an answer of %d bytes without a command", len(a.message))
			}
			return a.err
		case line, more := <-o.lines:
			if !more {
				_, err := conn.Write([]byte(quit))
				o.finish()
				return err
			}
			if err := o.ask(ctx, conn, answers, line); err != nil {
				o.unanswered.Add(1)
				return err
			}
		}
	}
}

// heard is an answer, or why there is none.
type heard struct {
	message []byte
	err     error
}

func (o *plainOperator) hear(ctx context.Context, conn *stream.Conn, to chan<- heard) {
	for {
		message, err := o.codec.Read(conn)
		if errors.Is(err, io.EOF) {
			err = nodes.Failf(nodes.Closed, "the agent has left")
		}
		select {
		case to <- heard{message, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// ask sends one command and waits for its answer. A command that cannot be said in the encoding is no fault of the
// agent's.
func (o *plainOperator) ask(ctx context.Context, conn *stream.Conn, answers <-chan heard, line string) error {
	b, err := o.encoding.Encode(line)
	if err != nil || len(b) == 0 {
		if err != nil && !o.scripted {
			o.call.Logf("%v", err)
			err = nil
		}
		return err
	}
	if _, err := conn.Write(b); err != nil {
		return err
	}
	timeout := time.NewTimer(o.call.Duration("timeout"))
	defer timeout.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-timeout.C:
		return nodes.Failf(nodes.Timeout, "no answer to %q", line)
	case a := <-answers:
		if a.err != nil {
			return a.err
		}
		o.answers.Add(1)
		o.bytes.Add(int64(len(a.message)))
		o.call.Event("answer", nodes.Values{"from": stream.Remote(conn).Addr(), "command": line, "text": o.encoding.Decode(a.message)})
		return nil
	}
}
