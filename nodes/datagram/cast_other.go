//go:build !linux

package datagram

import (
	"net"
	"net/netip"

	"netsim/nodes"
)

// What needs Linux's socket options says so.

func onlyLinux() error { return nodes.Failf(nodes.Failed, "multicast groups need Linux") }

func ListenShared(port int) (*Socket, error) { return Listen(port) }

func (s *Socket) Join(netip.Addr, net.Interface) error { return onlyLinux() }

func (s *Socket) OwnGroups() error { return nil }

func (s *Socket) CountMissed() error { return nil }

func (s *Socket) Multicasts(int, bool) error { return onlyLinux() }

func via(net.Interface) []byte { return nil }
