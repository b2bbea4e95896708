// Package topology holds the nouns of netsim and what follows from them alone.
//
// There are three sets of types, and one function crosses each border:
//
//	Topology  what was asked for   networks, routers, hosts, as a scenario file says it
//	   │ Resolve
//	   ▼
//	Plan      what was decided     every address, MAC, gateway, route and name
//	   │ Driver.Up
//	   ▼
//	World     what is running      start commands on nodes, keep it, close it
//
// Resolve and Trace are pure: they read the file's content and nothing of the
// machine. Trace is the oracle: it walks a packet through a Plan, hop by hop, and
// says how far it comes and why it stops; tests hold real networks against it, and
// reports explain failures with it.
//
// The package imports only the standard library, because all others import it.
package topology

import (
	"net/netip"
	"time"
)

// Topology is a network as it was asked for: what a scenario file says, in file
// order, with nothing decided yet. Resolve turns it into a Plan.
type Topology struct {
	Name     string    // of the scenario: letters, digits, hyphens
	Seed     uint64    // of everything random
	Networks []Network // in file order
	Routers  []Router  // in file order
	Hosts    []Host    // in file order, `count` not yet unfolded
}

// Network is one Ethernet segment: a switch. ARP, broadcast and multicast work
// inside it and stop at it.
type Network struct {
	Name    string
	Subnet  netip.Prefix // IPv4
	Gateway string       // router name, address, "none", or "" for the first router
	MTU     int          // bytes; 0 means 1500
	Link    *Link        // of the attachments that say nothing else; nil is perfect
}

// Attachment is the cable between a node and a network.
type Attachment struct {
	Network string
	Address netip.Addr // zero value: the lowest free one
	Link    *Link      // nil: the node's, or else the network's
}

// Routing says how a router learns of networks that it is not attached to.
type Routing string

const (
	RoutingAuto Routing = ""     // static routes by fewest hops, ties by name
	RoutingNone Routing = "none" // only its own networks and its Routes
)

// StaticRoute is "DESTINATION via ADDRESS", as ip-route(8) has it.
type StaticRoute struct {
	Destination netip.Prefix
	Via         netip.Addr
}

// Router is a node that forwards packets between its networks.
type Router struct {
	Name        string
	Attachments []Attachment
	Routes      []StaticRoute
	Routing     Routing
	Link        *Link // of its attachments that say nothing else; nil: the network's
}

// Host is a node that does not forward. Count above 1 means NAME-1 … NAME-Count.
type Host struct {
	Name        string
	Attachments []Attachment
	Gateway     string // address, router name, "none", or "" for its first network's gateway
	Routes      []StaticRoute
	Files       []File
	Image       string // container image that runs as this host; "" is none
	Link        *Link  // of its attachments that say nothing else; nil: the network's
	Count       int    // 0: one host with exactly this name
}

// File is put into a node's working directory before the first step.
type File struct {
	Name string // one path element
	Size int64  // bytes of pseudo-random content made from Seed; when there is neither Text nor From
	Seed uint64
	Text *string // content as it is
	From string  // where Data comes from: a path on the machine that reads the scenario
	Data []byte  // content as it is, when there is a From
}

// Command is something to run on a node.
type Command struct {
	// Program says that Args[0] names a program of netsim's own (`ping`), to be run
	// by the node's copy of netsim; otherwise Args is an argument vector of any
	// executable that the node has. Never a shell.
	Program bool
	// Image says that Args[0] is the node's own image, to be run as it starts by
	// itself; further Args replace its command. It runs once in the life of a node.
	Image bool
	Args  []string
	Env   []string // KEY=VALUE, added to the node's environment
}

// ExitStatus is how a process ended: its exit code, or the signal that ended it.
type ExitStatus struct {
	Code   int    `json:"code"`             // 128+n when a signal n ended it
	Signal string `json:"signal,omitempty"` // "killed", "terminated", …; empty for a plain exit
}

// DefaultMTU is an Ethernet segment's, in bytes.
const DefaultMTU = 1500

// DefaultGrace is how long Process.Stop waits between SIGTERM and SIGKILL.
const DefaultGrace = 2 * time.Second
