//go:build !linux

package datagram

import (
	"context"
	"net/netip"
)

type fan struct{}

func (f *Fan) open() error { return nil }

// Close ends the fan; its socket stays open.
func (f *Fan) Close() {}

// Open makes an address ready to be sent to.
func (f *Fan) Open(netip.Addr) error { return nil }

// Drop undoes an Open.
func (f *Fan) Drop(netip.Addr) {}

// Send sends a datagram back to where another came from.
func (f *Fan) Send(b []byte, to Origin) error { return f.socket.Reply(b, to) }

// Watch returns when ctx ends: what cannot be reached is not known here.
func (f *Fan) Watch(ctx context.Context, _ func(Unreachable)) { <-ctx.Done() }
