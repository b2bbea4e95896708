//go:build !linux

package echo

import "net"

func watch(*net.UDPConn) error { return nil }

func explain(_ *net.UDPConn, err error) error { return err }
