package remote

import (
	"encoding/json"
	"slices"

	"netsim/nodes"
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

func parseRequest(b []byte) (request, error) {
	var r request
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
