package native

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces is how the network's process is started. The user namespace comes
// first and owns the others, so that the process has every capability over them and none over the
// machine. It is a session of its own: Ctrl-C in a terminal reaches netsim alone, which
// then takes the network down in order.
func namespaces() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:                 unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		UidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		GidMappingsEnableSetgroups: false,
		Setsid:                     true,
	}
}
