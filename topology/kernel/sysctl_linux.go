package kernel

import (
	"fmt"
	"os"
	"strings"
)

// WriteSysctls sets them in the network namespace of the calling thread. A setting
// that this kernel does not have (IPv6 switched off) is passed over.
func WriteSysctls(settings map[string]string) error {
	for name, value := range settings {
		file := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
		if err := os.WriteFile(file, []byte(value), 0); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("%s = %s: %w", name, value, err)
		}
	}
	return nil
}
