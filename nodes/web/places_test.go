package web_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"netsim/nodes"
)

func TestMoreClientsAreTurnedAway(t *testing.T) {
	dir := t.TempDir()
	write(t, []byte("here"), dir, "f")
	os.Truncate(write(t, nil, dir, "large"), 100<<20)
	s := start(t, dir, "--clients", "2")
	first, second := dial(t, s), dial(t, s)
	for _, c := range []net.Conn{first, second} { // a request that is being answered
		io.WriteString(c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
		io.ReadFull(c, make([]byte, 1000))
	}
	for range 3 {
		if o := get(t, address(s, "/f")); o.Error() != nodes.Refused || o.Number("status") != 503 {
			t.Errorf("got %v %s", o.Result, o.Stderr)
		}
	}
	first.Close()
	for end := time.Now().Add(20 * time.Second); get(t, address(s, "/f")).Error() != ""; {
		if time.Now().After(end) {
			t.Fatal("a client that has left still has its place")
		}
	}
	if o := s.Stop(); o.Number("refused") < 3 {
		t.Errorf("the server's result: %v", o.Result)
	}
}

// However many ask nothing, whoever asks is answered while they stay.
func TestSilentClientsMakeRoom(t *testing.T) {
	dir := t.TempDir()
	write(t, []byte("here"), dir, "f")
	s := start(t, dir)
	for i := range 141 {
		c := dial(t, s)
		if i%2 == 0 {
			io.WriteString(c, "GET /f HT")
		}
	}
	if o := get(t, address(s, "/f")); o.Error() != "" {
		t.Errorf("got %v", o.Result)
	}
	if o := s.Stop(); o.Number("evicted") != 14 || o.Number("refused") != 0 || strings.Count(o.Stderr, "makes room") != 4 {
		t.Errorf("%v\n%s", o.Result, o.Stderr)
	}
}

// Who has got what it asked for makes room, though it would rather stay.
func TestIdleClientsMakeRoom(t *testing.T) {
	dir := t.TempDir()
	write(t, []byte("here"), dir, "f")
	s := start(t, dir, "--clients", "1")
	answer(t, dial(t, s), "GET /f HTTP/1.1\r\nHost: x\r\n\r\n")
	for end := time.Now().Add(20 * time.Second); get(t, address(s, "/f")).Error() != ""; {
		if time.Now().After(end) {
			t.Fatal("a client that asks nothing more still has its place")
		}
	}
	if o := s.Stop(); o.Number("evicted") != 1 {
		t.Errorf("the server's result: %v", o.Result)
	}
}
