package kernel

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is a network namespace that can be configured. Its netlink sockets were
// opened inside it, so that no thread has to move there again.
type Namespace struct {
	links *netlink.Handle
	conf  *nl.SocketHandle // for what the library has no call for
}

// Self is the namespace of the calling process.
func Self() (*Namespace, error) { return At(int(netns.None())) }

// At is the namespace that a descriptor refers to (setns(2)); it may be closed
// afterwards. The call needs CAP_SYS_ADMIN over that namespace.
func At(fd int) (*Namespace, error) {
	links, err := netlink.NewHandleAt(netns.NsHandle(fd), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("netlink socket: %w", err)
	}
	conf, err := nl.GetNetlinkSocketAt(netns.NsHandle(fd), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		links.Close()
		return nil, fmt.Errorf("netlink socket: %w", err)
	}
	return &Namespace{links: links, conf: &nl.SocketHandle{Socket: conf}}, nil
}

// Links are the namespace's netlink calls.
func (ns *Namespace) Links() *netlink.Handle { return ns.links }

// Close closes the sockets; the namespace stays as it is.
func (ns *Namespace) Close() {
	ns.links.Close()
	ns.conf.Close()
}
