package datagram_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"netsim/nodes"
	"netsim/nodes/datagram"
)

// fanned is a socket with its fan.
func fanned(t *testing.T) (*datagram.Socket, *datagram.Fan) {
	t.Helper()
	s, err := datagram.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Fan()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		s.Close()
	})
	return s, f
}

func peerAt(t *testing.T, address string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(address+":0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// However many sockets share the port, the first one receives everything, and answers come
// from the port and the address that were asked.
func TestFanReceivesByOneSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.x are addresses of this machine on Linux alone")
	}
	s, f := fanned(t)
	b := make([]byte, 100)
	var out *datagram.Outlet
	for i := range 50 {
		peer := peerAt(t, fmt.Sprintf("127.0.0.%d", 2+i))
		server := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.200"), uint16(s.Port())))
		for round := range 3 {
			if _, err := peer.WriteTo([]byte("hello"), server); err != nil {
				t.Fatal(err)
			}
			n, from, err := s.Receive(b)
			if err != nil || string(b[:n]) != "hello" {
				t.Fatalf("got %q, %v", b[:n], err)
			}
			if round == 0 {
				if out, err = f.Open(from.From.Addr()); err != nil {
					t.Fatal(err)
				}
			}
			if err := out.Send([]byte("back"), from); err != nil {
				t.Fatal(err)
			}
			n, back, err := peer.ReadFromUDP(b)
			if err != nil || string(b[:n]) != "back" || back.String() != server.String() {
				t.Fatalf("%q from %v, %v", b[:n], back, err)
			}
		}
	}
}

func TestFanTellsOfUnreachablePeers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux's error queues")
	}
	_, f := fanned(t)
	gone := peerAt(t, "127.0.0.1")
	to := netip.MustParseAddrPort(gone.LocalAddr().String())
	gone.Close()
	out, err := f.Open(to.Addr())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := out.Send([]byte("are you there"), datagram.Origin{From: to, To: to.Addr()}); err != nil {
		t.Fatal(err)
	}
	var got datagram.Unreachable
	f.Watch(ctx, func(u datagram.Unreachable) {
		got = u
		cancel()
	})
	if got.Peer != to || got.Word != nodes.Refused {
		t.Errorf("got %v", got)
	}
	out.Close()
	if err := out.Send([]byte("x"), datagram.Origin{From: to, To: to.Addr()}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("an address that is not open is sent something: %v", err)
	}
}

// The port is this socket's alone, though the sockets of its fan share it.
func TestFanKeepsThePort(t *testing.T) {
	s, _ := fanned(t)
	if other, err := datagram.Listen(s.Port()); nodes.WordOf(err) != nodes.AddressInUse {
		t.Errorf("got %v, %v", other, err)
	}
}

func TestFanAtItsEnd(t *testing.T) {
	s, err := datagram.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Fan()
	if err != nil {
		t.Fatal(err)
	}
	port := s.Port()
	f.Close()
	s.Close()
	if _, _, err := s.Receive(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	again, err := datagram.Listen(port)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
