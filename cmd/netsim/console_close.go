package main

import (
	"time"

	"golang.org/x/term"
)

func (c *console) restore() { _ = term.Restore(int(c.in.Fd()), c.before) }

// lastDrawn is how long closing may still take once the program has been told to end.
const lastDrawn = 500 * time.Millisecond

// close ends the editor and gives the terminal back as it was. What is written from now on
// goes straight to it. A terminal that nobody reads holds it up, but not a program that has
// been told to end: what waits then ends with the process.
func (c *console) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		c.shut()
	}()
	select {
	case <-closed:
		return
	case <-c.told:
	}
	select {
	case <-closed:
	case <-time.After(lastDrawn):
	}
}

func (c *console) shut() {
	c.out.Lock()
	defer c.out.Unlock()
	if !c.open {
		return
	}
	c.open = false
	select {
	case <-c.told: // what is half typed stays to be seen, above what the program still says
	default:
		c.clear()
	}
	c.keys.close()
	c.editor.Close()
	<-c.edited
	c.restore()
	c.unhook()
	for _, w := range c.parts {
		w.to.Write(w.part)
	}
}

// clear takes the line that is being typed off the screen, and nothing is drawn any more: what the
// program has said last stays last.
func (c *console) clear() {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	_, _ = c.editor.Write(nil) // see raw
}
