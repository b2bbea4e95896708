package datagram

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// A client that asks 127.0.0.2 and takes answers from there only.
func TestReplyComesFromTheAddressThatWasAsked(t *testing.T) {
	s, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	asked := "127.0.0.1"
	if runtime.GOOS == "linux" {
		asked = "127.0.0.2" // the loopback network is this machine's, all of it
	}
	client, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(asked), uint16(s.Port()))))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	before := time.Now()
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, o, err := s.Receive(b)
	if err != nil || string(b[:n]) != "hello" || o.From.String() != client.LocalAddr().String() {
		t.Fatalf("received %q from %v, %v", b[:n], o.From, err)
	}
	if d := o.At.Sub(before); d < -time.Minute || d > time.Minute {
		t.Errorf("received at %v, sent at %v", o.At, before)
	}
	if err := s.Reply([]byte("hello yourself"), o); err != nil {
		t.Fatal(err)
	}
	client.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err = client.Read(b); err != nil || string(b[:n]) != "hello yourself" {
		t.Errorf("the answer: %q, %v", b[:n], err)
	}
}

func TestCloseEndsReceive(t *testing.T) {
	s, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, func() { s.Close() })
	if _, _, err := s.Receive(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
