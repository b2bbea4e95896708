package remote

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/framing"
	"netsim/nodes/stream"
)

// insecure is what the help of the plain forms says.
const insecure = "It is insecure: nobody proves anything, and everything can be read and changed on the way. Use remote serve and remote run."

func bigEndianFlag() nodes.Flag {
	return nodes.Flag{Name: "big-endian", Type: nodes.Bool, Help: "the answer's length in network order"}
}

func agentForm() nodes.Form {
	flags := []nodes.Flag{
		portFlag("the operator's port"), charset.Flag(), bigEndianFlag(),
		{Name: "timeout", Type: nodes.Duration, Default: "4s", Min: "1ms", Help: "for connecting, and for an answer that the operator does not take"},
	}
	return nodes.Form{
		Words:   "agent",
		Summary: "connects to an operator and runs listed commands for it, insecure",
		Args:    []nodes.Arg{{Name: "HOST", Type: nodes.Host, Help: "where the operator listens"}},
		Flags:   append(flags, runnerFlags()...),
		Notes: append(append([]string{insecure}, runnerNotes()...),
			"What one read returns is the command, for the protocol has no framing; blanks at its ends do not count. The answer to one that is not on the list is the text: not allowed.",
			"It ends when the operator sends q, or leaves; a command that is running then is killed. What comes while one is running is the next one."),
		Events: []nodes.Kind{{
			Event: "command", Help: "the operator sent a command; the first 1000 are told",
			Fields: append([]nodes.Field{{Name: "text", Type: nodes.Text, Help: "what came"}}, commandFields()...),
		}},
		Result: runnerResult(),
		Run:    runAgent,
	}
}

// plainAgent is one run of `remote agent`.
type plainAgent struct {
	call     *nodes.Call
	runner   *runner
	conn     *stream.Conn
	codec    framing.Codec
	encoding charset.Encoding
	early    []byte // came while a command was running
	told     int
}

// notAllowed is the plain form's answer to a command that is not on the list.
const notAllowed = "not allowed"

func runAgent(ctx context.Context, call *nodes.Call) error {
	runner, err := newRunner(call, 1)
	if err != nil {
		return err
	}
	tcp, err := stream.Connect(ctx, call)
	if err != nil {
		return err
	}
	defer tcp.Close()
	defer stream.Interrupt(ctx, tcp)()
	a := &plainAgent{
		call: call, runner: runner, conn: stream.NewConn(tcp, 0, call.Duration("timeout")), encoding: charset.Encoding(call.Text("encoding")),
		codec: framing.Codec{BigEndian: call.Bool("big-endian"), Max: maxAnswer},
	}
	err = a.obey(ctx)
	call.Result(runner.result())
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// obey answers commands until q or the operator's end.
func (a *plainAgent) obey(ctx context.Context) error {
	for {
		b, err := a.next()
		if err != nil {
			return left(err)
		}
		text := strings.TrimSpace(a.encoding.Decode(b))
		if text == quit {
			return nil
		}
		answer, err := a.reply(ctx, text)
		if err != nil {
			return left(err)
		}
		if err := a.codec.Write(a.conn, answer); err != nil {
			return err
		}
	}
}

// left is nil for an operator that has just gone.
func left(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// next is what the next read returns, or has returned while the last command was running.
func (a *plainAgent) next() ([]byte, error) {
	if b := a.early; len(b) > 0 {
		a.early = nil
		return b, nil
	}
	b := make([]byte, maxCommand)
	n, err := a.conn.Read(b)
	return b[:n], err
}

// quit is the plain form's last command.
const quit = "q"

// reply runs a command and makes its answer. The error is that the operator is not there any more.
func (a *plainAgent) reply(ctx context.Context, text string) ([]byte, error) {
	command, err := split(text)
	if err != nil {
		command = nil // which no list has
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watched := a.watch(cancel)
	o := a.runner.run(ctx, command)
	err = watched()
	if a.told++; a.told <= maxEvents {
		a.call.Event("command", nodes.Values{"text": text, "command": command, "exit": o.exit, "error": string(o.word)})
	}
	return a.encode(o), err
}

// watch keeps what comes while a command is running, as the kernel would, and cancels when that is the end. The
// result stops it, and says why it has cancelled. Of an operator that sends more than a command it sees no end.
func (a *plainAgent) watch(cancel func()) (stop func() error) {
	ended := make(chan error, 1)
	go func() {
		b := make([]byte, maxCommand)
		for room := b; len(room) > 0; room = b[len(a.early):] {
			n, err := a.conn.Read(room)
			a.early = b[:len(a.early)+n]
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				cancel()
				ended <- err
				return
			}
			if err != nil {
				break
			}
		}
		ended <- nil
	}()
	return func() error {
		_ = a.conn.SetReadDeadline(time.Unix(1, 0))
		defer a.conn.SetReadDeadline(time.Time{})
		return <-ended
	}
}

// encode is standard output followed by standard error, and what else there is to say; other words than these
// the protocol has no room for.
func (a *plainAgent) encode(o outcome) []byte {
	if o.word == nodes.Denied {
		return a.translate([]byte(notAllowed))
	}
	b := append(o.stdout, o.stderr...)
	if o.cut > 0 {
		b = append(b, "("+nodes.FormatSize(o.cut)+" cut)\n"...)
	}
	if o.word != "" {
		b = append(b, "("+string(o.word)+")\n"...)
	}
	return a.translate(b)
}

// translate writes UTF-8 in the operator's encoding; ? stands for what that does not have. Bytes that are not
// UTF-8 go as they are.
func (a *plainAgent) translate(b []byte) []byte {
	if a.encoding == charset.UTF8 || !charset.UTF8.Valid(b) {
		return b
	}
	var out []byte
	for _, r := range string(b) {
		c, err := a.encoding.Encode(string(r))
		if err != nil {
			c = []byte("?")
		}
		out = append(out, c...)
	}
	return out
}
