package probe

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"time"

	"netsim/nodes"
)

// message is a line of the control connection; which fields it has says its verb.
type message struct {
	Verb string `json:"verb"` // udp, tcp, end; go, refuse, report

	Session string        `json:"session,omitempty"` // 16 hexadecimal digits
	Count   int           `json:"count,omitempty"`
	Wait    time.Duration `json:"wait,omitempty"` // ns
	Bytes   int64         `json:"bytes,omitempty"`
	Reason  string        `json:"reason,omitempty"` // of a refusal

	Arrived    bitmap  `json:"arrived,omitempty"`
	Duplicated int     `json:"duplicated,omitempty"`
	Reordered  int     `json:"reordered,omitempty"`
	Corrupted  int     `json:"corrupted,omitempty"`
	Latency    latency `json:"latency,omitzero"`
	Checksum   uint32  `json:"checksum,omitempty"`
}

// maxLine bounds a line: a report of a million packets is 167 kB.
const maxLine = 256 << 10

// control is one end of a control connection.
type control struct {
	conn net.Conn
	in   *bufio.Reader
}

func newControl(conn net.Conn) *control {
	return &control{conn: conn, in: bufio.NewReaderSize(conn, maxLine)}
}

func (c *control) send(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = c.conn.Write(append(b, '\n'))
	return err
}

func (c *control) receive() (m message, err error) {
	line, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return m, nodes.Failf(nodes.Corrupted, "a control line of more than %d bytes", maxLine)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, nodes.Failf(nodes.Corrupted, "a control line that is not one: %v", err)
	}
	return m, nil
}

// expect receives a message that has that verb.
func (c *control) expect(verb string) (message, error) {
	m, err := c.receive()
	switch {
	case err != nil:
		return m, err
	case m.Verb == "refuse":
		return m, nodes.Failf(nodes.Denied, "the server refuses: %s", m.Reason)
	case m.Verb != verb:
		return m, nodes.Failf(nodes.Corrupted, "control message %q instead of %q; is that a probe server?", m.Verb, verb)
	}
	return m, nil
}

// ask sends a message and receives the answer that has that verb.
func (c *control) ask(m message, verb string) (message, error) {
	if err := c.send(m); err != nil {
		return message{}, err
	}
	return c.expect(verb)
}

// extend gives the connection so long to move on.
func (c *control) extend(d time.Duration) { _ = c.conn.SetDeadline(time.Now().Add(d)) }
