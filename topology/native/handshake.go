package native

import (
	"encoding/json"
	"errors"
	"io"

	"netsim/topology"
)

// Before the agent's protocol begins, the two ends exchange JSON values:
//
//	driver ── order ──► process
//	driver ◄─ report ── process     one per step of progress
//	driver ◄─ report ── process     the last: Ready, or Error
//
// The driver says nothing more until it has read the last one.

// order is what the process is to build.
type order struct {
	Run   string
	Plan  *topology.Plan
	Dir   string // writable: nodes' working directories and hosts files go below it
	Keep  bool   // it is meant to outlive the driver
	Since string // RFC 3339
}

// report is how far it is.
type report struct {
	Progress *topology.Progress `json:",omitempty"`
	Ready    bool               `json:",omitempty"`
	Error    string             `json:",omitempty"`
}

// send writes a value without anything after it: the agent's protocol follows on the
// same stream, and the reader must find its beginning.
func send(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// receive reads one value, and nothing of what follows it once the other end waits
// for an answer.
func receive(r io.Reader, v any) error { return json.NewDecoder(r).Decode(v) }

// await reads reports until the last.
func await(r io.Reader, progress func(topology.Progress)) error {
	lines := json.NewDecoder(r)
	for {
		var got report
		switch err := lines.Decode(&got); {
		case err != nil:
			return errors.New("the process that holds the network ended before the network was up")
		case got.Error != "":
			return errors.New(got.Error)
		case got.Ready:
			return nil
		case got.Progress != nil && progress != nil:
			progress(*got.Progress)
		}
	}
}
