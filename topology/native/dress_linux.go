package native

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// dressNode gives the calling thread, which has a mount namespace of its own, the node's
// view of the machine:
//
//	/                       the machine's files, read-only
//	the working directory   writable; the rest of the run's folder is not
//	/etc/hosts, resolv.conf the node's
//	/sys                    the interfaces of its network namespace, read-only
//	/dev                    what harms nobody
//	/run                    empty: the machine's services listen there, and a read-only
//	                        file system does not keep anyone from connecting
func dressNode(dir, node string) error {
	work, err := os.OpenFile(workDir(dir, node), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer work.Close()
	run, err := os.OpenFile(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer run.Close()
	etc := map[string]*os.File{}
	for target, source := range map[string]string{"/etc/hosts": hostsFile(dir, node), "/etc/resolv.conf": resolvFile(dir)} {
		f, err := os.OpenFile(source, unix.O_PATH, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		etc[target] = f
	}
	for _, step := range []func() error{mountSys, hideServices, mountDev} {
		if err := step(); err != nil {
			return err
		}
	}
	for target, source := range etc { // the targets may be links into what is hidden by now
		if err := bindOver(target, source); err != nil {
			return err
		}
	}
	return openWorkDir(run, work, workDir(dir, node))
}

// openWorkDir mounts the working directory in its place once more, which may be hidden by now, and
// makes the folder around it read-only.
func openWorkDir(run, work *os.File, path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(throughFD(work), path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(int(run.Fd()), "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return fmt.Errorf("the run's folder: %w", err)
	}
	return nil
}

func throughFD(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

func mountSys() error {
	err := unix.Mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "")
	if err != nil && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("/sys: %w", err)
	}
	return nil
}

// hideServices empties the directories in which services and desktops have their sockets. Some
// distributions lead to their programs by symbolic links in /run: those stay.
func hideServices() error {
	for _, path := range []string{"/run", "/var/run", "/tmp/.X11-unix", "/tmp/.ICE-unix"} {
		if info, err := os.Lstat(path); err != nil || !info.IsDir() {
			continue
		}
		links := symlinks(path)
		if err := mountEmpty(path, "size=16m,mode=755"); err != nil {
			return err
		}
		for name, target := range links {
			if err := os.Symlink(target, filepath.Join(path, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func mountEmpty(path, options string) error {
	if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// symlinks are the symbolic links in a directory, and where they lead.
func symlinks(dir string) map[string]string {
	links := map[string]string{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			links[e.Name()] = target
		}
	}
	return links
}

// devices are those that every node has: null(4), full(4), random(4), tty(4).
var devices = []string{"null", "zero", "full", "random", "urandom", "tty"}

// mountDev makes a /dev of its own: the devices, pseudo-terminals, shared memory.
func mountDev() error {
	var open []*os.File
	for _, name := range devices {
		f, err := os.OpenFile(filepath.Join("/dev", name), unix.O_PATH, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		open = append(open, f)
	}
	if err := mountEmpty("/dev", "size=64k,mode=755"); err != nil {
		return err
	}
	for i, name := range devices {
		path := filepath.Join("/dev", name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			return err
		}
		if err := unix.Mount(throughFD(open[i]), path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for _, dir := range []string{"/dev/pts", "/dev/shm"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount("devpts", "/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"); err != nil {
		return fmt.Errorf("/dev/pts: %w", err)
	}
	if err := mountEmpty("/dev/shm", "size=64m,mode=1777"); err != nil {
		return err
	}
	return linkDev()
}

// linkDev makes the symbolic links that programs expect.
func linkDev() error {
	for name, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, filepath.Join("/dev", name)); err != nil {
			return err
		}
	}
	return nil
}
