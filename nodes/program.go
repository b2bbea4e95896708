// Package nodes is the contract of the programs that run on netsim's nodes.
//
// A program is a plain command. It writes events to standard output as JSON lines,
//
//	{"event":"ready","time":"2026-01-02T15:04:05.123456Z","address":"10.1.0.2:7"}
//	{"event":"result","time":"…","sent":5,"received":5,"ttl":64}
//
// and logs to standard error. A server's first event is `ready`; the last event of
// every program is `result`. The exit status is 0, 1 (it did not work; the result's
// `error` says why, in one of the words of Words) or 2 (wrong usage). When standard
// output is a terminal, people get text instead of JSON. Any program in any language
// that keeps to this can be a node program; those of netsim's own live in one folder
// each below this one and describe themselves as data: a Program value. Usage texts,
// the checks of scenario files and the reference page all come from that data.
//
// A program does not know that it is simulated: it runs as well on a real machine
// (`netsim node PROGRAM`). Programs never import topology, and never each other.
//
// The package imports only the standard library: a contract is data.
package nodes

import (
	"context"
	"slices"
)

// Program is one node program: `ping`, or several forms under one name
// (`echo serve`, `echo udp`).
type Program struct {
	Name    string // the first word of the command
	Summary string // one line, lower case, no full stop
	Forms   []Form
}

// Form is one way to call a program.
type Form struct {
	Words   string // the words after the program's name that select it: "serve"; "" where there is one form
	Summary string
	Args    []Arg
	Flags   []Flag
	Notes   []string // sentences that the help and the reference have below the summary: what to know before relying on it
	Server  bool     // runs until it is stopped or, where it says so, by itself; its first event is `ready`
	Lines   bool     // reads lines from standard input while it runs: at a terminal they are typed at a prompt
	Events  []Kind   // events besides ready and result
	Ready   []Field  // fields of its ready event (servers)
	Result  []Field  // fields of its result

	// Run does the work. It emits events through call, hands its result to call.Result,
	// also when it fails, and returns nil, a *Failure (exit status 1) or a *UsageError
	// (2); any other error becomes a Failure by FailureOf. The result event is written
	// when Run has returned, exactly once, with the word of the returned error: so a
	// result and its exit status cannot disagree.
	// When ctx ends (SIGTERM, SIGINT) a server hands over its result and returns nil.
	Run func(ctx context.Context, call *Call) error
}

// ErrorField is the last field of every result: the Word of what went wrong, or "".
// The contract adds it; the tables of programs do not list it.
const ErrorField = "error"

// UnreadField is the field before ErrorField in every server's result: how many events and lines
// of its log were thrown away, since nobody read them.
const UnreadField = "unread"

// ResultFields are the fields of the form's result event: Result, of a server UnreadField, and
// then ErrorField. Fields that a program does not hand over have their zero value, so that an
// expression on a failed program's result is false and never broken.
func (f *Form) ResultFields() []Field {
	fields := slices.Clone(f.Result)
	if f.Server {
		fields = append(fields, Field{Name: UnreadField, Type: Int, Help: "events and lines of the log that were thrown away, since nobody read them"})
	}
	return append(fields, Field{
		Name: ErrorField, Type: Text, Help: `what went wrong, in a word of the fixed list; "" when it worked`,
	})
}

// FieldsOf returns the fields of one of the form's events by its name: "ready",
// "result", or one of Events. ok tells whether the form has such an event.
func (f *Form) FieldsOf(event string) (fields []Field, ok bool) {
	switch event {
	case "ready":
		return f.Ready, f.Server
	case "result":
		return f.ResultFields(), true
	}
	if k := f.kind(event); k != nil {
		return k.Fields, true
	}
	return nil, false
}

// kind is one of Events, or nil.
func (f *Form) kind(event string) *Kind {
	for i := range f.Events {
		if f.Events[i].Event == event {
			return &f.Events[i]
		}
	}
	return nil
}

// Arg is a positional argument.
type Arg struct {
	Name     string // upper case: HOST
	Help     string
	Type     Type
	Optional bool
	Repeated bool // the last one may be given more than once
}

// Flag is `--name value`; a Bool flag takes no value.
type Flag struct {
	Name    string
	Type    Type
	Default string // as it would be typed; "" for none
	Help    string

	Required bool     // there is no default, and it must be given
	Min, Max string   // the least and the greatest value, as they would be typed; "" for no bound
	Choices  []string // of Text: the only values; empty means any
}

// Field is a field of an event.
type Field struct {
	Name   string
	Type   Type
	Fields []Field // of an Object, or of each element of an Objects list
	Help   string  // with the unit where the type does not say it
}

// Kind is a kind of event besides ready and result.
type Kind struct {
	Event  string
	Help   string
	Fields []Field

	// Text is the event as people read it on a terminal, in one line without its end; nil
	// means its fields with their names. What comes from a network is made printable
	// afterwards.
	Text func(Values) string
}

// Type says what a value is, and with it its unit and how it is written in a
// command, in JSON, and in an expression of a scenario.
type Type string

const (
	Int      Type = "int"      // JSON number, a count
	Bool     Type = "bool"     // JSON true, false
	Text     Type = "text"     // JSON string
	Host     Type = "host"     // argument: a node's name, a host name or an address
	Path     Type = "path"     // argument: a file on the node
	Duration Type = "duration" // typed 20ms, 1.5s; JSON number of seconds
	Ratio    Type = "ratio"    // typed 10%; JSON number 0.1
	Size     Type = "size"     // typed 10MB, 4KiB; JSON number of bytes
	Rate     Type = "rate"     // typed 10mbit; JSON number of bits per second
	Texts    Type = "texts"    // JSON list of strings
	Ints     Type = "ints"     // JSON list of numbers
	Object   Type = "object"   // JSON object with Fields
	Objects  Type = "objects"  // JSON list of objects with Fields
)

// ListenFields are the fields of the ready event of a server on a port.
func ListenFields() []Field {
	return []Field{
		{Name: "address", Type: Text, Help: "where it listens, address:port"},
		{Name: "port", Type: Int, Help: "the port alone"},
	}
}
