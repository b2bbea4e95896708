package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/ergochat/readline"
	"golang.org/x/term"

	"netsim/nodes"
)

// prompt is what lines are typed behind.
const prompt = "> "

// console is the line editor of a program that reads lines while others talk. What
// the program writes meanwhile appears above the line that is being typed.
//
//	keys ──► editor ──► typed ──► the program's standard input
//	           │
//	screen ◄───┴──── whole lines ◄── its standard output and error
//
// The terminal is raw from open to close, not only while a line is read: else what is
// pasted is echoed between two lines, and Ctrl-C means two things.
type console struct {
	cancel context.CancelFunc // what Ctrl-C does
	told   <-chan struct{}    // closed once the program has been told to end
	unhook func()             // from the signals that close it
	in     *os.File
	screen io.Writer
	before *term.State // the terminal's settings
	keys   *keys
	typed  *typed
	editor *readline.Instance
	edited chan struct{} // closed once the editor has ended

	out   sync.Mutex // of who writes a line, or closes
	open  bool
	parts []*lineWriter

	drawing sync.Mutex // a key and a line are not drawn at the same time
	held    bool       // by edit, which holds it from a key until what the key does is drawn
}

// prompted gives a program that reads lines a line editor, where a person is at the
// terminal: it is to use the context and the terminal that are returned, and done when it
// has ended. Everywhere else they are what they were.
func prompted(ctx context.Context, t terminal, lines bool) (context.Context, terminal, func()) {
	in, _ := t.in.(*os.File)
	if !lines || in == nil || !isTerminal(in) || !isTerminal(t.out) || os.Getenv("TERM") == "dumb" {
		return ctx, t, func() {}
	}
	c := &console{in: in, screen: t.out, typed: newTyped(), edited: make(chan struct{}), open: true}
	ctx, c.cancel = context.WithCancel(ctx)
	if err := c.start(ctx); err != nil {
		return ctx, t, c.cancel
	}
	with := terminal{in: c.typed, out: c.lines(t.out), err: t.err}
	if isTerminal(t.err) {
		with.err = c.lines(t.err)
	}
	return ctx, with, func() {
		c.close()
		c.cancel()
		c.typed.end()
	}
}

// readsLines says whether a command line is that of a form that reads lines while it runs.
func readsLines(set nodes.Set, args []string) bool {
	call, err := set.Find(args)
	return err == nil && call.Form.Lines
}

func (c *console) start(ctx context.Context) (err error) {
	c.out.Lock() // close waits
	defer c.out.Unlock()
	if c.keys, err = newKeys(c.in); err != nil {
		return err
	}
	if c.before, err = term.MakeRaw(int(c.in.Fd())); err != nil {
		c.keys.close()
		return err
	}
	ended := c.hook(ctx)
	screen := raw{c.screen, new(atomic.Bool)}
	same := func() error { return nil }
	c.editor, err = readline.NewFromConfig(&readline.Config{
		Prompt: prompt, EOFPrompt: "\n",
		Stdin: c.keys, Stdout: screen, Stderr: screen,
		FuncIsTerminal: func() bool { return true }, FuncMakeRaw: same, FuncExitRaw: same,
		FuncGetSize:         c.size,
		FuncOnWidthChanged:  func(changed func()) { onResize(ended, changed) },
		FuncFilterInputRune: c.key,
		Listener:            c.drawn,
	})
	if err != nil {
		c.open = false
		c.unhook()
		c.restore()
		c.keys.close()
		return err
	}
	go c.edit()
	return nil
}

// hook has the console close on the signals that end programs, a lost terminal's too, and
// when ctx ends. The context that it returns ends with the console. The terminal's settings come
// first, and a second signal ends the process: what closing has to write may be held up by a
// terminal that nobody reads.
func (c *console) hook(ctx context.Context) context.Context {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	c.told = ctx.Done()
	forget := context.AfterFunc(ctx, func() {
		stop()
		c.restore()
		c.cancel()
		c.close()
	})
	c.unhook = func() { forget(); stop() }
	return ctx
}

// edit hands typed lines on until Ctrl-D, Ctrl-C, or the end of the keys. A line that is
// half typed then is nobody's. Standard input ends with Ctrl-D alone: a program that is to
// end is not told two things at once.
func (c *console) edit() {
	defer close(c.edited)
	defer c.release()
	for {
		line, err := c.editor.ReadLine()
		switch {
		case c.keys.over():
			if !c.keys.closed.Load() {
				c.typed.end() // the terminal is gone
			}
			return
		case errors.Is(err, readline.ErrInterrupt):
			c.cancel()
			return
		case err != nil:
			c.typed.end()
			go c.close() // what follows is a terminal without a prompt
			return
		}
		if !c.typed.add(line + "\n") {
			c.release()
			_ = c.above([]byte("netsim: the program does not read; this line is lost\n"))
		}
	}
}

// key comes before a key does what it does: readline itself would let a line that is written
// in the middle of it draw the prompt twice.
func (c *console) key(r rune) (rune, bool) {
	if r < ' ' && !slices.Contains(editingKeys, r) {
		return r, false
	}
	if !c.held {
		c.drawing.Lock()
		c.held = true
	}
	return r, true
}

// editingKeys are the control characters that mean something to readline; others would
// become part of the line. Ctrl-Z is not among them: readline waits for ever where
// nobody resumes it.
var editingKeys = []rune{
	readline.CharLineStart, readline.CharBackward, readline.CharInterrupt, readline.CharEOT, readline.CharLineEnd,
	readline.CharForward, readline.CharBell, readline.CharCtrlH, readline.CharTab, readline.CharCtrlJ, readline.CharKill,
	readline.CharCtrlL, readline.CharEnter, readline.CharNext, readline.CharPrev, readline.CharBckSearch, readline.CharFwdSearch,
	readline.CharTranspose, readline.CharCtrlU, readline.CharCtrlW, readline.CharCtrlY,
}

// drawn comes after a key that did not end the line, and before a new line.
func (c *console) drawn([]rune, int, rune) ([]rune, int, bool) {
	c.release()
	return nil, 0, false
}

func (c *console) release() {
	if c.held {
		c.held = false
		c.drawing.Unlock()
	}
}

// above writes whole lines above the one that is being typed.
func (c *console) above(lines []byte) error {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	_, err := c.editor.Write(printable(lines))
	return err
}

func (c *console) size() (width, height int) {
	width, height, err := term.GetSize(int(c.in.Fd()))
	if err != nil || width <= 0 || height <= 0 { // a serial line does not know
		return 80, 24
	}
	return width, height
}

// lines is a writer to the console.
func (c *console) lines(to io.Writer) io.Writer {
	w := &lineWriter{console: c, to: to}
	c.parts = append(c.parts, w)
	return w
}

// lineWriter keeps what it is given until the line is whole.
type lineWriter struct {
	console *console
	to      io.Writer // once the console is closed
	part    []byte
}

// longestLine is where a line without an end is cut, in bytes.
const longestLine = 64 << 10

func (w *lineWriter) Write(b []byte) (int, error) {
	w.console.out.Lock()
	defer w.console.out.Unlock()
	if !w.console.open {
		return w.to.Write(b)
	}
	w.part = append(w.part, b...)
	whole := bytes.LastIndexByte(w.part, '\n') + 1
	if whole == 0 && len(w.part) > longestLine {
		w.part = append(w.part, '\n')
		whole = len(w.part)
	}
	if whole == 0 {
		return len(b), nil
	}
	lines := w.part[:whole]
	w.part = bytes.Clone(w.part[whole:])
	if err := w.console.above(lines); err != nil {
		return 0, err
	}
	return len(b), nil
}

// printable keeps what is written from moving the cursor, of which the editor must know where
// it is.
func printable(lines []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(lines) {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			fmt.Fprintf(&out, "\\x%02x", r)
			continue
		}
		out.WriteRune(r)
	}
	return out.Bytes()
}
