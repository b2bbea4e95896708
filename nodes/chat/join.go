package chat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"netsim/nodes"
	"netsim/nodes/datagram"
	"netsim/nodes/icmp"
	"netsim/nodes/stream"
)

// visitor is one run of `chat join`.
type visitor struct {
	call *nodes.Call
	conn *net.UDPConn
	room netip.AddrPort
	name string

	pace *rate.Limiter // of what it says

	sent, received, garbled int
}

// What a member says at once, and then a second: below what a room takes by default. More of
// standard input is read later; nothing is lost.
const (
	ownBurst = 1500
	ownRate  = 80
)

func join(ctx context.Context, call *nodes.Call) error {
	v := &visitor{call: call, name: call.Text("name"), pace: rate.NewLimiter(ownRate, ownBurst)}
	if err := checkName(v.name); err != nil {
		return err
	}
	var err error
	if v.room, err = stream.ServerOf(call); err != nil {
		return err
	}
	if v.conn, err = net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(v.room)); err != nil {
		return err
	}
	defer v.conn.Close()
	if err := icmp.Watch(v.conn); err != nil {
		return err
	}
	began := time.Now()
	err = v.stay(ctx)
	call.Result(nodes.Values{"sent": v.sent, "received": v.received, "garbled": v.garbled, "seconds": time.Since(began)})
	return err
}

// checkName holds a name against what a room takes, and what others can tell apart from
// what is said.
func checkName(name string) error {
	problem := ""
	switch {
	case name == "" || len(name) > maxName:
		problem = fmt.Sprintf("a name of %d bytes", len(name))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		problem = fmt.Sprintf("not a name: %q", name)
	case strings.Contains(name, between):
		problem = fmt.Sprintf("a name with %q in it: %q", between, name)
	default:
		return nil
	}
	return &nodes.UsageError{
		Message: "chat join: --name: " + problem,
		Hint:    fmt.Sprintf("1 to %d bytes, without control characters and without %q", maxName, between),
	}
}

// stay is a membership from its begin to its end.
func (v *visitor) stay(ctx context.Context) error {
	if err := v.send([]byte(v.name)); err != nil {
		return err
	}
	v.call.Ready(nodes.Values{"name": v.name, "room": v.room})
	v.call.Say("type what to say; /help helps, Ctrl-D leaves")
	arrivals, stop := v.listen()
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines, alive := v.call.Lines(ctx), v.keepalive()
	defer alive.Stop()
	breath := time.NewTimer(0) // until the next line
	defer breath.Stop()
	in := lines
	for {
		var err error
		select {
		case a := <-arrivals:
			err = v.take(a)
		case line, ok := <-in:
			if !ok || isEnd(line) {
				return v.send([]byte(v.name + between + farewell))
			}
			in = nil
			var wait time.Duration
			wait, err = v.say(line)
			breath.Reset(wait)
		case <-breath.C:
			in = lines
		case <-alive.C:
			err = v.send(nil)
		case <-ctx.Done():
			return v.send([]byte(v.name + between + farewell))
		}
		if err != nil {
			return err
		}
	}
}

func isEnd(line string) bool {
	line = strings.TrimSpace(line)
	return strings.EqualFold(line, farewell) || line == "/quit"
}

// keepalive ticks when a sign of life is due; never, for 0.
func (v *visitor) keepalive() *time.Ticker {
	d := v.call.Duration("keepalive")
	if d > 0 {
		return time.NewTicker(d)
	}
	t := time.NewTicker(time.Hour)
	t.Stop()
	return t
}

// say says a line, and returns how long to wait before the next one.
func (v *visitor) say(line string) (wait time.Duration, err error) {
	switch line {
	case "":
		return 0, nil
	case "/help":
		v.call.Say("each line is sent to all others in the room; exit, /quit or Ctrl-D leaves")
		return 0, nil
	}
	for _, m := range messages(v.name, line) {
		if err := v.send(m); err != nil {
			return 0, err
		}
		v.sent++
		wait = v.pace.Reserve().Delay()
	}
	return wait, nil
}

// send sends a datagram. What an earlier one met with is no reason not to try.
func (v *visitor) send(b []byte) error {
	_, err := v.conn.Write(b)
	if err == nil {
		return nil
	}
	if err := v.consider(err); err != nil {
		return err
	}
	if _, err = v.conn.Write(b); err != nil {
		return v.consider(err)
	}
	return nil
}

// consider decides whether an error ends the membership: nobody at the port does. A room that
// has been heard before and cannot be reached now may come back.
func (v *visitor) consider(err error) error {
	err = icmp.Explain(v.conn, err)
	word := nodes.WordOf(err)
	if v.received > 0 && (word == nodes.HostUnreachable || word == nodes.NetworkUnreachable || word == nodes.TTLExceeded) {
		v.call.Logf("%v", err)
		return nil
	}
	return err
}

// arrival is a datagram from the room, or what kept one from coming.
type arrival struct {
	data []byte
	err  error
}

// listen reads until stop, which waits for that.
func (v *visitor) listen() (arrivals <-chan arrival, stop func()) {
	c, stopped, done := make(chan arrival), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, datagram.MaxSize)
		for {
			n, err := v.conn.Read(b)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			select {
			case c <- arrival{append([]byte(nil), b[:n]...), err}:
			case <-stopped:
				return
			}
		}
	}()
	return c, func() {
		close(stopped)
		v.conn.Close()
		<-done
	}
}

func (v *visitor) take(a arrival) error {
	if a.err != nil {
		return v.consider(a.err)
	}
	if !utf8.Valid(a.data) {
		v.garbled++
		return nil
	}
	h := hear(string(a.data))
	switch h.event {
	case "message":
		v.received++
		v.call.Event("message", nodes.Values{"from": h.name, "text": h.text})
	default:
		v.call.Event(h.event, nodes.Values{"name": h.name})
	}
	return nil
}
