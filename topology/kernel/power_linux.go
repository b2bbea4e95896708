package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"netsim/topology"
)

// A node is switched off in this order, so that it vanishes without a word:
//
//	Silence          its interfaces are down: no FIN, no RST, no reply
//	SIGKILL          to all of its processes, whose sockets close
//	DestroySockets   what the kernel would go on with on its own: FIN_WAIT, LAST_ACK, …
//
// Configure with no cables and AwaitCarrier bring it back.

// Silence takes the node's interfaces down. Its addresses stay, its routes go.
func (ns *Namespace) Silence(node topology.Node) error {
	for _, x := range node.Interfaces {
		link, err := ns.links.LinkByName(x.Name)
		if err == nil {
			err = ns.links.LinkSetDown(link)
		}
		if err != nil {
			return fmt.Errorf("%s: interface %s: %w", node.Name, x.Name, err)
		}
	}
	return nil
}

// AwaitCarrier waits until the node's interfaces carry frames, which is a while after they are up.
func (ns *Namespace) AwaitCarrier(node topology.Node) error {
	for _, x := range node.Interfaces {
		if err := ns.awaitUp(x.Name); err != nil {
			return fmt.Errorf("%s: %w", node.Name, err)
		}
	}
	return nil
}

// DestroySockets ends the TCP connections in the namespace that a descriptor refers to, as At, or
// with -1 in the calling process's own. Where the kernel cannot (CONFIG_INET_DIAG_DESTROY), they are left
// to their timers. Listening sockets stay: they are somebody's who lives.
func DestroySockets(fd int) error {
	s, err := nl.GetNetlinkSocketAt(netns.NsHandle(fd), netns.None(), unix.NETLINK_INET_DIAG)
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sockets: %w", err)
	}
	d := diag{map[int]*nl.SocketHandle{unix.NETLINK_INET_DIAG: {Socket: s}}}
	defer s.Close()
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		if err := d.destroyAll(family); err != nil {
			return fmt.Errorf("sockets: %w", err)
		}
	}
	return nil
}

// diag is a socket for sock_diag(7).
type diag struct{ sockets map[int]*nl.SocketHandle }

func (d diag) destroyAll(family uint8) error {
	const listening = 10 // TCP_LISTEN in net/tcp_states.h
	found, err := d.ask(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP, diagRequest{family: family, states: ^uint32(1 << listening)})
	if err != nil {
		return passOver(err)
	}
	for _, m := range found {
		if len(m) < 4+len(diagID{}) {
			continue
		}
		r := diagRequest{family: family, states: ^uint32(0), id: diagID(m[4:])}
		if _, err := d.ask(nl.SOCK_DESTROY, unix.NLM_F_ACK, r); err != nil {
			if err := passOver(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// passOver forgives what a kernel without the call says, and that a socket has gone meanwhile.
func passOver(err error) error {
	for _, e := range []error{unix.EOPNOTSUPP, unix.ENOENT, unix.EINVAL, netlink.ErrDumpInterrupted} {
		if errors.Is(err, e) {
			return nil
		}
	}
	return err
}

func (d diag) ask(kind, flags int, r diagRequest) ([][]byte, error) {
	req := nl.NewNetlinkRequest(kind, flags)
	req.Sockets = d.sockets
	req.AddData(r)
	return req.Execute(unix.NETLINK_INET_DIAG, 0)
}

// diagID is struct inet_diag_sockid, as the kernel gives and takes it.
type diagID [48]byte

// diagRequest is struct inet_diag_req_v2 (linux/inet_diag.h):
//
//	family 1 │ protocol 1 │ extensions 1 │ pad 1 │ states 4 │ socket 48
type diagRequest struct {
	family uint8
	states uint32
	id     diagID
}

func (r diagRequest) Len() int { return 8 + len(r.id) }

func (r diagRequest) Serialize() []byte {
	b := append(make([]byte, 0, r.Len()), r.family, unix.IPPROTO_TCP, 0, 0)
	b = binary.NativeEndian.AppendUint32(b, r.states)
	return append(b, r.id[:]...)
}
