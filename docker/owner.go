package docker

import (
	"os"
	"strconv"
	"strings"
)

// owner is the process that brought a run up. Its text form is that of the label:
//
//	PID START BOOT NAMESPACE HOST
//	1234 5678901 4f1e…-… 4026531836 laptop
//
// START is when the process started, in clock ticks after boot, so that its number is not
// taken for another process's; BOOT is the kernel's boot id; NAMESPACE is the PID namespace
// in which the number counts; HOST is the machine. What a system cannot say is "-".
type owner struct {
	pid                          int
	start, boot, namespace, host string
}

func (o owner) String() string {
	return strings.Join([]string{strconv.Itoa(o.pid), o.start, o.boot, o.namespace, o.host}, " ")
}

func parseOwner(label string) (owner, bool) {
	f := strings.Split(label, " ")
	if len(f) != 5 {
		return owner{}, false
	}
	pid, err := strconv.Atoi(f[0])
	if err != nil || pid <= 0 {
		return owner{}, false
	}
	return owner{pid, f[1], f[2], f[3], f[4]}, true
}

// life is what can be said of an owner from here.
type life int

const (
	alive life = iota
	dead
	unknown // another machine's process, or one of another container
)

// thisProcess is the owner of what this process makes.
func thisProcess() owner {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "-"
	}
	pid := os.Getpid()
	start, _ := startOf(pid)
	return owner{pid, start, bootID(), pidNamespace(), strings.ReplaceAll(host, " ", "-")}
}

// seenFrom says what a process knows of the owner, by an engine that is on its own machine
// (local) or anywhere. Machines may have the same name.
func (o owner) seenFrom(me owner, local bool) life {
	switch {
	case o.boot != me.boot && o.host == me.host && local && o.boot != "-" && me.boot != "-":
		return dead // the machine was started anew since
	case o.boot != me.boot || o.namespace != me.namespace:
		return unknown
	case o.boot == "-" && (o.host != me.host || !local):
		return unknown
	}
	if start, ok := startOf(o.pid); !ok || start != o.start {
		return dead
	}
	return alive
}
