package framing_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"netsim/nodes/framing"
)

// drip sends what there is byte by byte, as long as it is read, and then hangs up.
func drip(c net.Conn, b []byte, every time.Duration) {
	defer c.Close()
	for i := range b {
		if _, err := c.Write(b[i : i+1]); err != nil {
			return
		}
		time.Sleep(every)
	}
}

// Who is never silent for long and never comes to an end is given up all the same.
func TestDrippedMessage(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go drip(theirs, append([]byte("\x00\x00\x01\x00"), make([]byte, 5000)...), 2*time.Millisecond)
	in := framing.Timed{Conn: ours, Within: 200 * time.Millisecond}
	if b, err := in.Read(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// The time is each message's own.
func TestManyMessagesInTime(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	stream := []byte{}
	for range 100 {
		stream, _ = framing.Codec{}.Append(stream, []byte("a"))
	}
	go drip(theirs, stream, 2*time.Millisecond) // more than a second in all
	in := framing.Timed{Conn: ours, Within: time.Second}
	for range 100 {
		if b, err := in.Read(); err != nil || string(b) != "a" {
			t.Fatalf("%q, %v", b, err)
		}
	}
}

func TestSilence(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	if _, err := (framing.Timed{Conn: ours, Within: 10 * time.Millisecond}).Read(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}
