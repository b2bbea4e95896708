package scenarios_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// snapshot is everything of the machine that a run could have touched: addresses,
// routes, rules, the firewall, forwarding, namespaces and mounts.
func snapshot(t *testing.T) map[string]string {
	t.Helper()
	s := map[string]string{}
	for name, command := range map[string]string{
		"addresses": "ip -o address show | grep -v ' \\(docker0\\|br-\\|veth\\)'; ip -o link show type bridge; ip -o link show type veth",
		"routes":    "ip route show table all; ip -6 route show table all",
		"rules":     "ip rule; ip -6 rule",
		"firewall":  "nft list ruleset 2>/dev/null | sed 's/counter packets [0-9]* bytes [0-9]*//'",
		"sysctls":   "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding",
		"mounts":    "cat /proc/self/mountinfo | grep -v ' /var/lib/docker/\\| /run/docker/' | cut -d' ' -f2-",
	} {
		out, err := exec.Command("sh", "-c", command).Output()
		if err != nil && name != "firewall" {
			t.Fatalf("%s: %v", command, err)
		}
		s[name] = string(out)
	}
	return s
}

// namespaces are the network namespaces that some process is in.
func namespaces(t *testing.T) string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, l := range links {
		if target, err := os.Readlink(l); err == nil {
			seen[target] = true
		}
	}
	var all []string
	for ns := range seen {
		all = append(all, ns)
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

// newSince are the namespaces that were not there before. Tests of other packages have some for a while.
func newSince(before, after string) string {
	known := strings.Fields(before)
	return strings.Join(slices.DeleteFunc(strings.Fields(after), func(ns string) bool { return slices.Contains(known, ns) }), " ")
}

// differences says what is not as it was.
func differences(before, after map[string]string) string {
	var b strings.Builder
	for name := range before {
		if before[name] != after[name] {
			b.WriteString(name + " before:\n" + before[name] + name + " after:\n" + after[name])
		}
	}
	return b.String()
}

// machineAddresses are the machine's own IPv4 addresses, without loopback.
func machineAddresses(t *testing.T) []string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, a := range all {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() {
			found = append(found, ip.String())
		}
	}
	return found
}
