//go:build !linux

package icmp

import "net"

// Watch does nothing here.
func Watch(*net.UDPConn) error { return nil }

// Explain returns the error as it is.
func Explain(_ *net.UDPConn, err error) error { return err }
