package docker

import (
	"os"
	"strconv"
	"strings"
)

// startOf is the start time of a process, field 22 of proc_pid_stat(5), in clock ticks;
// false when there is none, or only a zombie.
func startOf(pid int) (string, bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "-", false
	}
	// The second field is a name in parentheses that may contain anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return "-", false
	}
	return fields[19], true
}

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "-"
	}
	return strings.TrimSpace(string(id))
}

func pidNamespace() string {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "-"
	}
	return strings.Trim(link, "pid:[]")
}
