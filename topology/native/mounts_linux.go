package native

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// privateMounts parts from the machine's mounts, so that nothing that is mounted here
// shows outside, and mounts the /proc of our own PID namespace. A container host that hides parts
// of its /proc does not let one be mounted.
func privateMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	return mountProc()
}

// mountProc mounts the /proc of the calling process's PID namespace.
func mountProc() error {
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("/proc: %w", err)
	}
	return nil
}

// sealMachine makes the machine's files read-only for this process and all that it
// starts, except below writable. Nodes see less: see dressNode.
func sealMachine(writable string) error {
	if err := privateMounts(); err != nil {
		return err
	}
	if err := unix.Mount(writable, writable, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: %w", writable, err)
	}
	if err := setReadOnly("/", true); err != nil {
		return fmt.Errorf("machine's files read-only: %w", err)
	}
	for _, path := range []string{writable, "/proc"} {
		if err := setReadOnly(path, false); err != nil {
			return fmt.Errorf("%s writable: %w", path, err)
		}
	}
	return nil
}

// setReadOnly switches a mount and all below it (mount_setattr(2), Linux 5.12).
func setReadOnly(path string, on bool) error {
	attr := unix.MountAttr{}
	if on {
		attr.Attr_set = unix.MOUNT_ATTR_RDONLY
	} else {
		attr.Attr_clr = unix.MOUNT_ATTR_RDONLY
	}
	flags := uint(unix.AT_RECURSIVE)
	if !on {
		flags = 0
	}
	return unix.MountSetattr(unix.AT_FDCWD, path, flags, &attr)
}

// bindOver puts one file in the place of another, also where that is a symbolic link, and
// where the link leads nowhere. A machine that does not have the file does without.
func bindOver(target string, source *os.File) error {
	real, err := filepath.EvalSymlinks(target)
	if os.IsNotExist(err) {
		real, err = makeTarget(target)
	}
	if real == "" || err != nil {
		return err
	}
	if err := unix.Mount(throughFD(source), real, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	return nil
}

// makeTarget makes the file that a link leads to, where that can be made.
func makeTarget(link string) (string, error) {
	real, err := os.Readlink(link)
	if err != nil {
		return "", nil // it is no link: there is no such file
	}
	if !filepath.IsAbs(real) {
		real = filepath.Join(filepath.Dir(link), real)
	}
	if os.MkdirAll(filepath.Dir(real), 0o755) != nil || os.WriteFile(real, nil, 0o644) != nil {
		return "", nil // the link led nowhere before, too
	}
	return real, nil
}
