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

// Outlet sends by the fan's socket.
type Outlet struct{ socket *Socket }

// Open is the outlet to an address. Each Open is followed by a Close of the outlet.
func (f *Fan) Open(netip.Addr) (*Outlet, error) { return &Outlet{f.socket}, nil }

// Close undoes an Open.
func (o *Outlet) Close() {}

// Send sends a datagram back to where another came from.
func (o *Outlet) Send(b []byte, to Origin) error { return o.socket.Reply(b, to) }

// Watch returns when ctx ends: what cannot be reached is not known here.
func (f *Fan) Watch(ctx context.Context, _ func(Unreachable)) { <-ctx.Done() }
