package native

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"netsim/topology"
	"netsim/topology/kernel"
	"netsim/topology/wire"
)

// Ready tries the namespaces and the parts of a network once. The error is an
// *topology.Unavailable.
func (d *Driver) Ready(ctx context.Context) error {
	if err := d.attempt(ctx, "try"); err != nil {
		return diagnose(err, "/proc/sys")
	}
	return nil
}

// Advice says what does not work although the driver does: impaired links need more of the kernel.
func (d *Driver) Advice(ctx context.Context) []string {
	if err := d.attempt(ctx, "trylink"); err != nil {
		return []string{"but links cannot lose, delay or break: " + err.Error() + "\n" +
			"a kernel with CONFIG_PACKET, CONFIG_NET_SCH_INGRESS, CONFIG_NET_ACT_MIRRED and CONFIG_NET_CLS_U32 (or _MATCHALL, _FLOWER) is needed"}
	}
	return nil
}

// attempt runs netsim once more in namespaces of its own. The error is what it says.
func (d *Driver) attempt(ctx context.Context, mode string) error {
	cmd := exec.CommandContext(ctx, d.executable(), "native", mode)
	cmd.SysProcAttr = namespaces()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if text := strings.TrimSpace(stderr.String()); text != "" {
		err = fmt.Errorf("%s", text)
	}
	return err
}

// try makes one of each part and forgets it: a node's namespace, a bridge, a cable.
func try() error {
	if err := privateMounts(); err != nil {
		return err
	}
	_, err := build(smallest(), quiet)
	return err
}

// tryLink lays a wire, has it lose everything, and forgets it.
func tryLink() error {
	if err := privateMounts(); err != nil {
		return err
	}
	plan := smallest()
	n, err := build(plan, quiet)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(n) // whose descriptors the panel uses
	node := plan.Nodes[0]
	fd := int(n.nodes[node.Name].Fd())
	ns, err := kernel.At(fd)
	if err != nil {
		return err
	}
	var panel wire.Panel
	defer panel.Close()
	if err := panel.Lay(wire.Place{Namespace: ns, NetNS: fd}, plan.Seed, node); err != nil {
		return err
	}
	return panel.Set(node.Name, node.Interfaces[0].Segment, topology.Both(topology.Impairment{Loss: topology.Loss{Rate: 1}}))
}

// switches are the settings that keep ordinary users from making namespaces, each
// with the value that does so and the command that mends it.
var switches = []struct{ file, off, reason, hint string }{
	{"user/max_user_namespaces", "0", "user namespaces are switched off", "sudo sysctl -w user.max_user_namespaces=15000"},
	{"kernel/unprivileged_userns_clone", "0", "user namespaces are for root alone here", "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
	{"kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor restricts user namespaces (Ubuntu 23.10 and later)", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
}

// diagnose looks for what explains an error, in the settings below root ("/proc/sys").
func diagnose(err error, root string) error {
	because := func(reason, hint string) error {
		return &topology.Unavailable{Reason: reason + ": " + err.Error(), Hint: hint}
	}
	for _, s := range switches {
		if value, _ := os.ReadFile(root + "/" + s.file); strings.TrimSpace(string(value)) == s.off {
			return because(s.reason, s.hint)
		}
	}
	switch {
	case !exists("/proc/self/ns/user"):
		return because("this kernel has no user namespaces", "")
	case exists("/.dockerenv"), exists("/run/.containerenv"), os.Getenv("KUBERNETES_SERVICE_HOST") != "":
		return because("this container may not make namespaces", "start it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined,\n"+
			"with --security-opt apparmor=unconfined too where the machine has AppArmor, or run netsim outside")
	}
	return because("namespaces cannot be made", "a kernel with CONFIG_USER_NS, CONFIG_VETH and CONFIG_BRIDGE is needed")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
