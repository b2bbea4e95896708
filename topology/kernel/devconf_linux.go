package kernel

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Fields of an interface's IPv4 configuration: the numbers of IPV4_DEVCONF_… in
// linux/ip.h, settable over netlink where /proc/sys is read-only.
const (
	devconfForwarding      = 1
	devconfAcceptRedirects = 4
	devconfSendRedirects   = 6
	devconfRPFilter        = 8
)

const iflaInetConf = 1 // IFLA_INET_CONF in linux/if_link.h

type devconf map[uint16]uint32

// confOf is what every node's interfaces have. Redirects (RFC 792) would let hosts
// learn other ways than the plan's; the reverse path filter would drop what takes
// another way back.
func confOf(forward bool) devconf {
	c := devconf{devconfForwarding: 0, devconfAcceptRedirects: 0, devconfSendRedirects: 0, devconfRPFilter: 0}
	if forward {
		c[devconfForwarding] = 1
	}
	return c
}

// setConf sends
//
//	RTM_SETLINK ifinfomsg { IFLA_AF_SPEC { AF_INET { IFLA_INET_CONF { field: value … } } } }
func (ns *Namespace) setConf(link netlink.Link, conf devconf) error {
	req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
	req.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: ns.conf}
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(link.Attrs().Index)
	req.AddData(msg)
	spec := nl.NewRtAttr(unix.IFLA_AF_SPEC, nil)
	inet := spec.AddRtAttr(unix.AF_INET, nil)
	fields := inet.AddRtAttr(iflaInetConf, nil)
	for field, value := range conf {
		fields.AddRtAttr(int(field), nl.Uint32Attr(value))
	}
	req.AddData(spec)
	if _, err := req.Execute(unix.NETLINK_ROUTE, 0); err != nil {
		return fmt.Errorf("IPv4 configuration: %w", err)
	}
	return nil
}
