package nodes

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxLine bounds a line of standard input.
const maxLine = 64 << 10

// Call is one run of a form: the parsed arguments, and where output goes. Set.Find
// makes it; everything in it has been checked against the form's tables, so its accessors
// have no errors. An accessor asked for a name that the form does not have, or for
// another type, returns the zero value.
type Call struct {
	Program *Program
	Form    *Form
	Stdin   io.Reader
	Stderr  io.Writer // logs

	args   map[string][]string
	flags  map[string]string // given ones and defaults
	given  map[string]bool
	events *Emitter
	spool  *spool // what they and Stderr go through
	result Values
}

// Values is the fields of one event by name; what a value may be says Type. In Go
// they are: Int and Size any integer, Bool bool, Text, Host and Path string or anything that
// prints itself, Duration time.Duration, Ratio float64, Rate any number, Texts []string,
// Ints []int, Object Values, Objects []Values.
type Values map[string]any

// Arg is the argument of that name; "" when an optional one was not given.
func (c *Call) Arg(name string) string {
	if all := c.args[name]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// Args is all values of a repeated argument.
func (c *Call) Args(name string) []string { return c.args[name] }

// Has says whether the flag was given, be it with its default value.
func (c *Call) Has(flag string) bool { return c.given[flag] }

// Text is a flag as it was typed.
func (c *Call) Text(flag string) string { return c.flags[flag] }

// Int is a flag of type Int.
func (c *Call) Int(flag string) int {
	n, _ := strconv.Atoi(c.flags[flag])
	return n
}

// Bool is a flag of type Bool.
func (c *Call) Bool(flag string) bool { return c.flags[flag] == "true" }

// Duration is a flag of type Duration.
func (c *Call) Duration(flag string) time.Duration {
	d, _ := ParseDuration(c.flags[flag])
	return d
}

// Ratio is a flag of type Ratio: 0 to 1.
func (c *Call) Ratio(flag string) float64 {
	r, _ := ParseRatio(c.flags[flag])
	return r
}

// Size is a flag of type Size, in bytes.
func (c *Call) Size(flag string) int64 {
	n, _ := ParseSize(c.flags[flag])
	return n
}

// Rate is a flag of type Rate, in bits per second.
func (c *Call) Rate(flag string) int64 {
	n, _ := ParseRate(c.flags[flag])
	return n
}

// Ready emits a server's first event.
func (c *Call) Ready(v Values) { c.emit("ready", v) }

// Event emits an event of that kind, which is one of the form's Events. It is safe for
// concurrent use.
func (c *Call) Event(kind string, v Values) { c.emit(kind, v) }

// Result hands over the fields of the result event, which is written once Run has
// returned. Of several results the last one counts.
func (c *Call) Result(v Values) { c.result = v }

// Lines gives the lines of standard input without their ends, and is closed after the last
// one or when ctx ends. A line of more than 64 KiB comes in pieces of that size. Only one
// caller reads. What reads standard input meanwhile cannot be interrupted: it ends with
// standard input, or the process.
func (c *Call) Lines(ctx context.Context) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		in := bufio.NewReaderSize(c.Stdin, maxLine)
		for {
			b, err := in.ReadSlice('\n')
			whole := err == nil || errors.Is(err, bufio.ErrBufferFull)
			if whole || len(b) > 0 {
				select {
				case lines <- strings.TrimRight(string(b), "\r\n"):
				case <-ctx.Done():
					return
				}
			}
			if !whole {
				return
			}
		}
	}()
	return lines
}

// Logf writes a line for people to standard error.
func (c *Call) Logf(format string, args ...any) {
	fmt.Fprintf(c.Stderr, c.Program.Name+": "+format+"\n", args...)
}

// Say writes a line for the person at the terminal, and nothing where there is none: a
// greeting, an answer to /help.
func (c *Call) Say(format string, args ...any) {
	if c.events.People {
		c.events.Say(fmt.Sprintf(format, args...))
	}
}

func (c *Call) emit(event string, v Values) {
	fields, _ := c.Form.FieldsOf(event)
	if k := c.Form.kind(event); k != nil && k.Text != nil && c.events.People {
		c.events.Say(k.Text(v))
		return
	}
	c.events.Emit(event, fields, v)
}

// run runs the form and ends its output with the result event.
func (c *Call) run(ctx context.Context, e *Emitter) error {
	c.events = e
	err := c.Form.Run(ctx, c)
	result := Values{}
	for name, v := range c.result {
		result[name] = v
	}
	if c.Form.Server {
		result[UnreadField] = c.spool.thrownAway()
	}
	result[ErrorField] = WordOf(err)
	c.spool.hurry()
	c.emit("result", result)
	return err
}
