package remote

import (
	"context"
	"errors"
	"io"
	"strings"

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
			"It ends when the operator sends q, or leaves."),
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
	codec    framing.Codec
	encoding charset.Encoding
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
		call: call, runner: runner, encoding: charset.Encoding(call.Text("encoding")),
		codec: framing.Codec{BigEndian: call.Bool("big-endian"), Max: maxAnswer},
	}
	err = a.obey(ctx, stream.NewConn(tcp, 0, call.Duration("timeout")))
	call.Result(runner.result())
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// obey answers commands until q or the operator's end.
func (a *plainAgent) obey(ctx context.Context, conn *stream.Conn) error {
	b := make([]byte, maxCommand)
	for {
		n, err := conn.Read(b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		text := strings.TrimSpace(a.encoding.Decode(b[:n]))
		if text == quit {
			return nil
		}
		if err := a.codec.Write(conn, a.reply(ctx, text)); err != nil {
			return err
		}
	}
}

// quit is the plain form's last command.
const quit = "q"

// reply runs a command and makes its answer.
func (a *plainAgent) reply(ctx context.Context, text string) []byte {
	command, err := split(text)
	if err != nil {
		command = nil // which no list has
	}
	o := a.runner.run(ctx, command)
	if a.told++; a.told <= maxEvents {
		a.call.Event("command", nodes.Values{"text": text, "command": command, "exit": o.exit, "error": string(o.word)})
	}
	return a.encode(o)
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
