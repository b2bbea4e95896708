package datagram

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"netsim/nodes"
)

// What programs that talk to many at once agree on when nobody says otherwise.
const (
	CastPort  = "5007"      // no well-known service has it (IANA: wsm-server-ssl, unused); Python's multicast recipes take it
	CastGroup = "239.1.1.1" // of the addresses that each site may use as it likes (RFC 2365, section 6.2)
)

// Kind says to whom a datagram was sent.
type Kind string

const (
	Unicast   Kind = "unicast"
	Broadcast Kind = "broadcast"
	Multicast Kind = "multicast"
)

// Kind is "" where the destination is not known. A broadcast is told by its
// destination not being the address of this node that answers it: which of the
// subnets' addresses are broadcast addresses, the kernel knows.
func (o Origin) Kind() Kind {
	switch {
	case !o.Dest.IsValid():
		return ""
	case o.Dest.IsMulticast():
		return Multicast
	case o.Dest == o.To:
		return Unicast
	}
	return Broadcast
}

// Group reads a multicast address, as it is given in a flag: "listen udp: --group". The error
// is a *nodes.UsageError.
func Group(text, flag string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() || !a.IsMulticast() {
		return netip.Addr{}, &nodes.UsageError{
			Message: fmt.Sprintf("%s: not an IPv4 multicast address: %q", flag, text),
			Hint:    "one from 224.0.0.0 to 239.255.255.255; from 239.0.0.0 on they are free to use, such as " + CastGroup,
		}
	}
	return a, nil
}

// Interfaces are, by name, those of this node that are up, have an IPv4 address and can do what
// the flag says (net.FlagBroadcast, net.FlagMulticast), or the one that is named, whatever it
// can: the kernel has the last word. The error is a *nodes.Failure.
func Interfaces(can net.Flags, name string) ([]net.Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, nodes.FailureOf(err)
	}
	if name != "" {
		return named(all, name)
	}
	fit := slices.DeleteFunc(all, func(i net.Interface) bool { return i.Flags&net.FlagUp == 0 || i.Flags&can == 0 || !hasAddress(i) })
	if len(fit) == 0 {
		return nil, nodes.Failf(nodes.NetworkUnreachable, "no interface of this node is up, has an address and can %s", can)
	}
	slices.SortFunc(fit, func(a, b net.Interface) int { return cmp.Compare(a.Name, b.Name) }) // the kernel's order is chance
	return fit, nil
}

func named(all []net.Interface, name string) ([]net.Interface, error) {
	for _, i := range all {
		if i.Name == name {
			return []net.Interface{i}, nil
		}
	}
	return nil, nodes.Failf(nodes.NotFound, "no interface %q; there are %s", name, strings.Join(Names(all), ", "))
}

func hasAddress(i net.Interface) bool {
	addresses, _ := i.Addrs()
	return slices.ContainsFunc(addresses, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.To4() != nil
	})
}

// Names are the interfaces' names.
func Names(interfaces []net.Interface) []string {
	names := make([]string, len(interfaces))
	for n, i := range interfaces {
		names[n] = i.Name
	}
	return names
}

// SendVia sends a datagram out of one interface, whatever the routing table says: a
// host without a default route can so reach everybody on its segment. The zero Interface leaves
// it to the routing table.
func (s *Socket) SendVia(b []byte, to netip.AddrPort, i net.Interface) error {
	var oob []byte
	if i.Index != 0 {
		oob = via(i)
	}
	_, _, err := s.conn.WriteMsgUDPAddrPort(b, oob, to)
	return err
}
