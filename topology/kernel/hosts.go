package kernel

import (
	"fmt"
	"os"
	"strings"

	"netsim/topology"
)

// HostsFile is the text of a hosts file (hosts(5)).
func HostsFile(names []topology.HostName) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	for _, n := range names {
		fmt.Fprintf(&b, "%s %s\n", n.Address, strings.Join(n.Names, " "))
	}
	return b.String()
}

// WriteHosts overwrites a hosts file in place: in a container it is a mount, and
// cannot be replaced by a rename.
func WriteHosts(path string, names []topology.HostName) error {
	return os.WriteFile(path, []byte(HostsFile(names)), 0o644)
}
