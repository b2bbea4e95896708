package remote

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"netsim/nodes"
	"netsim/nodes/mutual"
)

// The longest messages of the strong form, in bytes.
const (
	maxRequest = 32 << 10 // a command of maxCommand bytes that JSON escapes
	maxAnswer  = 4 << 20  // twice the greatest --output in base64, and some
)

// request is what an operator wants to have run.
type request struct {
	Command []string `json:"command"`
}

func readRequest(session *mutual.Session) (request, error) {
	session.Max = maxRequest
	b, err := session.Read()
	if errors.Is(err, io.EOF) {
		err = nodes.Failf(nodes.Closed, "it has left without a request")
	}
	if err != nil {
		return request{}, err
	}
	return parseRequest(b)
}

// parseRequest reads a request. JSON is UTF-8; what is not would become U+FFFD, which is another command.
func parseRequest(b []byte) (request, error) {
	var r request
	if !utf8.Valid(b) {
		return r, nodes.Failf(nodes.Corrupted, "no request: not UTF-8")
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, nodes.Failf(nodes.Corrupted, "no request: %v", err)
	}
	return r, checkCommand(r.Command)
}

// answer is what became of it. Output is base64 in JSON, since it may be any bytes.
type answer struct {
	Exit   int        `json:"exit"`
	Stdout []byte     `json:"stdout"`
	Stderr []byte     `json:"stderr"`
	Cut    int64      `json:"cut"`
	Error  nodes.Word `json:"error"`
}

// answerOf says what became of a command. No output is "", not null.
func answerOf(o outcome) answer {
	return answer{
		Exit: o.exit, Cut: o.cut, Error: o.word,
		Stdout: append([]byte{}, o.stdout...), Stderr: append([]byte{}, o.stderr...),
	}
}

func parseAnswer(b []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return a, nodes.Failf(nodes.Corrupted, "no answer: %v", err)
	}
	if a.Error != "" && !slices.Contains(nodes.Words(), a.Error) {
		return a, nodes.Failf(nodes.Corrupted, "no answer: an unknown error %.40q", a.Error)
	}
	return a, nil
}

// failure is what an answer's error means to the operator.
func (a answer) failure() error {
	switch a.Error {
	case "":
		return nil
	case nodes.Denied:
		return nodes.Failf(a.Error, "not allowed: the command is not on the server's list")
	case nodes.Timeout:
		return nodes.Failf(a.Error, "the command did not end within the server's limit")
	case nodes.NotFound:
		return nodes.Failf(a.Error, "the server's node has no such program")
	case nodes.Refused:
		return nodes.Failf(a.Error, "the server runs as many commands as it may; try again")
	}
	return nodes.Failf(a.Error, "the server could not run the command")
}
