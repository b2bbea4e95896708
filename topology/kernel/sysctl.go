package kernel

import "netsim/topology"

// Sysctls are the settings of a node's network namespace that only files below
// /proc/sys can set, by their names as sysctl(8) has them. Only forms are used that every Docker engine
// accepts when a container is created.
func Sysctls(node topology.Node) map[string]string {
	s := map[string]string{
		"net.ipv4.ip_forward":                    "0",
		"net.ipv4.conf.all.rp_filter":            "0",
		"net.ipv4.conf.default.rp_filter":        "0",
		"net.ipv4.conf.all.accept_redirects":     "0",
		"net.ipv4.conf.default.accept_redirects": "0",
		"net.ipv4.conf.all.send_redirects":       "0",
		"net.ipv4.conf.default.send_redirects":   "0",
		"net.ipv4.icmp_ratemask":                 "0", // every error message is told; a ratelimit of 0 would empty the bucket that "no route" draws from
		"net.ipv4.icmp_echo_ignore_broadcasts":   "0",
		"net.ipv4.ip_unprivileged_port_start":    "0", // programs have no capabilities
		"net.ipv4.ping_group_range":              "0 2147483647",
		"net.ipv6.conf.all.disable_ipv6":         "1", // scenarios are IPv4: no other frames on the wire
		"net.ipv6.conf.default.disable_ipv6":     "1",
	}
	if node.Forwards() {
		s["net.ipv4.ip_forward"] = "1"
	}
	return s
}
