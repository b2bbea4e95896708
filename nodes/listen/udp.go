package listen

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"netsim/nodes"
	"netsim/nodes/charset"
	"netsim/nodes/datagram"
)

// ear is one run.
type ear struct {
	call   *nodes.Call
	socket *datagram.Socket
	group  netip.Addr      // not valid: none
	joined []net.Interface // where it is a member
	only   int             // index of the only interface that counts; 0 for all
	names  map[int]string  // of interfaces: asking the kernel costs more than a datagram

	messages, withheld, cut, ignored, missed int
	bytes                                    int64
}

func run(ctx context.Context, call *nodes.Call) error {
	if d := call.Duration("for"); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	e := &ear{call: call, names: map[int]string{}}
	if err := e.open(); err != nil {
		return err
	}
	defer e.socket.Close()
	defer context.AfterFunc(ctx, func() { e.socket.Close() })()
	call.Ready(nodes.Values{"port": e.socket.Port(), "group": e.group, "interfaces": datagram.Names(e.joined)})
	err := e.hear(call.Int("count"))
	call.Result(nodes.Values{
		"messages": e.messages, "bytes": e.bytes, "withheld": e.withheld,
		"cut": e.cut, "ignored": e.ignored, "missed": e.missed,
	})
	return err
}

// open listens, and joins before the program says that it is ready.
func (e *ear) open() (err error) {
	name, group := e.call.Text("interface"), e.call.Text("group")
	if group != "" {
		if e.group, err = datagram.Group(group, "listen udp: --group"); err != nil {
			return err
		}
	}
	if group != "" || name != "" {
		if e.joined, err = datagram.Interfaces(net.FlagMulticast, name); err != nil {
			return err
		}
	}
	if name != "" {
		e.only = e.joined[0].Index
	}
	if group == "" {
		e.joined = nil
		e.socket, err = datagram.Listen(e.call.Int("port"))
	} else {
		e.socket, err = datagram.ListenShared(e.call.Int("port"))
	}
	if err != nil {
		return err
	}
	if err = errors.Join(e.socket.OwnGroups(), e.socket.CountMissed(), e.join()); err != nil {
		e.socket.Close()
	}
	return err
}

func (e *ear) join() error {
	for _, i := range e.joined {
		if err := e.socket.Join(e.group, i); err != nil {
			return nodes.Failf(nodes.WordOf(err), "joining %s on %s: %v", e.group, i.Name, err)
		}
	}
	return nil
}

// hear takes datagrams until it has heard count of them, or the socket is closed.
func (e *ear) hear(count int) error {
	b := make([]byte, datagram.MaxSize)
	for count == 0 || e.messages < count {
		n, o, err := e.socket.Receive(b)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		e.missed = max(e.missed, o.Missed)
		if e.group.IsValid() && o.Dest != e.group || e.only != 0 && o.Interface != e.only {
			e.ignored++
			continue
		}
		e.take(b[:n], o)
	}
	return nil
}

func (e *ear) take(b []byte, o datagram.Origin) {
	e.messages++
	e.bytes += int64(len(b))
	text := string(b)
	if len(text) > longestText {
		e.cut++
		text = string(charset.Cut(b, longestText))
	}
	if e.messages > e.call.Int("limit") {
		e.withheld++
		return
	}
	e.call.Event("message", nodes.Values{
		"from": o.From.Addr(), "port": o.From.Port(), "kind": string(o.Kind()), "to": o.Dest,
		"interface": e.name(o.Interface), "text": text, "bytes": len(b),
	})
}

// name is an interface's name by its index.
func (e *ear) name(index int) string {
	if _, known := e.names[index]; !known {
		e.names[index] = ""
		if i, err := net.InterfaceByIndex(index); err == nil {
			e.names[index] = i.Name
		}
	}
	return e.names[index]
}
