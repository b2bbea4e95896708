package show

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"

	"netsim/nodes"
)

func routes() ([]nodes.Values, error) {
	list, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, err
	}
	var rows []nodes.Values
	for _, r := range list {
		row := nodes.Values{"destination": "0.0.0.0/0", "interface": interfaceName(r.LinkIndex), "metric": r.Priority}
		if r.Dst != nil {
			row["destination"] = r.Dst.String()
		}
		if r.Gw != nil {
			row["via"] = r.Gw.String()
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func neighbours() ([]nodes.Values, error) {
	list, err := netlink.NeighList(0, netlink.FAMILY_V4)
	if err != nil {
		return nil, err
	}
	var rows []nodes.Values
	for _, n := range list {
		if n.IP.IsMulticast() || n.State == netlink.NUD_NOARP {
			continue // the kernel's own entries for loopback and multicast
		}
		rows = append(rows, nodes.Values{
			"address": n.IP.String(), "mac": n.HardwareAddr.String(),
			"interface": interfaceName(n.LinkIndex), "state": neighbourState(n.State),
		})
	}
	return rows, nil
}

func neighbourState(state int) string {
	names := map[int]string{
		netlink.NUD_INCOMPLETE: "incomplete", netlink.NUD_REACHABLE: "reachable", netlink.NUD_STALE: "stale",
		netlink.NUD_DELAY: "delay", netlink.NUD_PROBE: "probe", netlink.NUD_FAILED: "failed",
		netlink.NUD_NOARP: "noarp", netlink.NUD_PERMANENT: "permanent", netlink.NUD_NONE: "none",
	}
	if name := names[state]; name != "" {
		return name
	}
	return fmt.Sprint(state)
}

// interfaceName is the name, or the number of an interface that is gone by now.
func interfaceName(index int) string {
	if index == 0 {
		return ""
	}
	x, err := net.InterfaceByIndex(index)
	if err != nil {
		return fmt.Sprint(index)
	}
	return x.Name
}
