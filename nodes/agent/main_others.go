//go:build !linux

package agent

import (
	"fmt"
	"os"
	"runtime"
)

// Main is `netsim agent`, the first process of a container. It needs Linux.
func Main([]string) int {
	fmt.Fprintf(os.Stderr, "netsim agent: runs on linux, not on %s\n", runtime.GOOS)
	return 3
}
