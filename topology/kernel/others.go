//go:build !linux

package kernel

import (
	"errors"
	"net/netip"

	"netsim/topology"
)

// ErrNotLinux is what every call returns where there are no network namespaces: nodes
// run on Linux, also when netsim itself does not.
var ErrNotLinux = errors.New("network namespaces need Linux")

// Cables is as on Linux.
type Cables map[string]netip.Addr

// Namespace is as on Linux; there is none.
type Namespace struct{}

// Self returns ErrNotLinux.
func Self() (*Namespace, error) { return nil, ErrNotLinux }

// At returns ErrNotLinux.
func At(int) (*Namespace, error) { return nil, ErrNotLinux }

// Configure returns ErrNotLinux.
func (*Namespace) Configure(topology.Node, Cables) error { return ErrNotLinux }

// Silence returns ErrNotLinux.
func (*Namespace) Silence(topology.Node) error { return ErrNotLinux }

// AwaitCarrier returns ErrNotLinux.
func (*Namespace) AwaitCarrier(topology.Node) error { return ErrNotLinux }

// DestroySockets returns ErrNotLinux.
func DestroySockets(int) error { return ErrNotLinux }

// Close does nothing.
func (*Namespace) Close() {}

// WriteSysctls returns ErrNotLinux.
func WriteSysctls(map[string]string) error { return ErrNotLinux }
