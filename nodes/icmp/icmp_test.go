package icmp

import (
	"bytes"
	"encoding/hex"
	"testing"

	"netsim/nodes"
)

// A request with identifier 0x0a5c and sequence number 2, its checksum by hand:
// 0800 + 0a5c + 0002 + 4 × 4141 = 11762, folded 1763, inverted e89c.
const request = "0800e89c0a5c00024141414141414141"

func TestEchoOnTheWire(t *testing.T) {
	want, _ := hex.DecodeString(request)
	e := Echo{Type: EchoRequest, ID: 0x0a5c, Seq: 2, Data: []byte("AAAAAAAA")}
	if got := e.Marshal(); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	back, err := ParseEcho(want)
	if err != nil || back.Type != e.Type || back.ID != e.ID || back.Seq != e.Seq || !bytes.Equal(back.Data, e.Data) {
		t.Errorf("parsed %+v, %v", back, err)
	}
}

// The example of RFC 1071, section 3; and an odd length.
func TestChecksum(t *testing.T) {
	if got := Checksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != ^uint16(0xddf2) {
		t.Errorf("got %04x", got)
	}
	if got := Checksum([]byte{0x01, 0x02, 0x03}); got != ^uint16(0x0402) {
		t.Errorf("odd length: got %04x", got)
	}
}

func TestParseEchoRefuses(t *testing.T) {
	good := Echo{Type: EchoReply, Seq: 1, Data: []byte("data")}.Marshal()
	flipped := bytes.Clone(good)
	flipped[9] ^= 0x10
	for name, b := range map[string][]byte{
		"nothing": nil, "a short header": good[:7], "a flipped bit": flipped,
		"unreachable": append([]byte{3}, good[1:]...),
	} {
		if e, err := ParseEcho(b); err == nil {
			t.Errorf("%s: parsed as %+v", name, e)
		}
	}
}

func TestTrimIP(t *testing.T) {
	packet := append([]byte{0x46, 23: 0}, "message"...)
	if got := TrimIP(packet); string(got) != "message" {
		t.Errorf("got %q", got)
	}
	for _, b := range [][]byte{nil, {0x45}, {0x60, 40: 0}, {0x44, 40: 0}} {
		if got := TrimIP(b); got != nil {
			t.Errorf("%x: got %x", b, got)
		}
	}
}

func TestWord(t *testing.T) {
	for _, c := range []struct {
		t    Type
		code uint8
		want nodes.Word
	}{
		{Unreachable, 0, nodes.NetworkUnreachable}, {Unreachable, 1, nodes.HostUnreachable},
		{Unreachable, 3, nodes.Refused}, {Unreachable, 4, nodes.TooBig}, {Unreachable, 13, nodes.Denied},
		{Unreachable, 200, nodes.Failed}, {TimeExceeded, 0, nodes.TTLExceeded}, {TimeExceeded, 1, nodes.Timeout}, {5, 0, nodes.Failed},
	} {
		if got := Word(c.t, c.code); got != c.want {
			t.Errorf("type %d code %d: %q, want %q", c.t, c.code, got, c.want)
		}
	}
}

func FuzzParseEcho(f *testing.F) {
	b, _ := hex.DecodeString(request)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEcho(b)
		if err != nil {
			return
		}
		again, err := ParseEcho(e.Marshal())
		if err != nil || again.Seq != e.Seq || !bytes.Equal(again.Data, e.Data) {
			t.Errorf("%x became %+v, %v", b, again, err)
		}
	})
}
