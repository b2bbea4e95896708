package mutual

import (
	"bytes"
	"strings"
	"testing"
)

// What parses is written again as the same bytes, and has a name that can be shown.
func FuzzGreeting(f *testing.F) {
	nonce := strings.Repeat("n", nonceSize)
	f.Add([]byte("\x01" + nonce + "operator"))              // a hello
	f.Add([]byte("\x02" + nonce + "bob"))                   // a challenge: the other direction
	f.Add([]byte("\x01" + nonce))                           // no name
	f.Add([]byte("\x01" + nonce[1:]))                       // a nonce too short
	f.Add([]byte("\x01" + nonce + "\x1b[2J"))               // a name that steers terminals
	f.Add([]byte("\x01" + nonce + strings.Repeat("x", 65))) // a name too long
	f.Add([]byte("\x01" + nonce + "\xe4\xb8"))              // half a character
	f.Add([]byte{})                                         // nothing
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := parseGreeting(b, kindHello)
		if err != nil {
			return
		}
		if got := g.append(nil, kindHello); !bytes.Equal(got, b) {
			t.Errorf("%q becomes %q", b, got)
		}
		if CheckName(g.name) != nil || len(b) > MaxMessage {
			t.Errorf("%q is taken", b)
		}
	})
}

func FuzzProof(f *testing.F) {
	f.Add([]byte("\x03" + strings.Repeat("p", proofSize)))   // a client's proof
	f.Add([]byte("\x04" + strings.Repeat("p", proofSize)))   // a server's: the other direction
	f.Add([]byte("\x03" + strings.Repeat("p", proofSize-1))) // a byte short
	f.Add([]byte("\x03" + strings.Repeat("p", proofSize+1))) // a byte long
	f.Add([]byte{kindRefused})                               // a refusal
	f.Add([]byte{})                                          // nothing
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseProof(b, kindClientProof)
		if err != nil {
			return
		}
		if got := p.append(nil, kindClientProof); !bytes.Equal(got, b) {
			t.Errorf("%q becomes %q", b, got)
		}
	})
}

// Runs that differ anywhere have different proofs, also where the same bytes are cut elsewhere.
func TestProofsDiffer(t *testing.T) {
	base := transcript{secret: []byte("s"), client: greeting{name: "ab"}, server: greeting{name: "c"}}
	seen := map[proof]string{}
	for name, change := range map[string]func(*transcript) string{
		"as it is":       func(*transcript) string { return fromClient },
		"other way":      func(*transcript) string { return fromServer },
		"session":        func(*transcript) string { return forSession },
		"names cut":      func(r *transcript) string { r.client.name, r.server.name = "a", "bc"; return fromClient },
		"names swapped":  func(r *transcript) string { r.client.name, r.server.name = "c", "ab"; return fromClient },
		"client's nonce": func(r *transcript) string { r.client.nonce[0] = 1; return fromClient },
		"server's nonce": func(r *transcript) string { r.server.nonce[0] = 1; return fromClient },
		"secret":         func(r *transcript) string { r.secret = []byte("t"); return fromClient },
	} {
		run := base
		label := change(&run)
		p := run.proof(label)
		if other, ok := seen[p]; ok {
			t.Errorf("%s and %s have the same proof", name, other)
		}
		seen[p] = name
	}
}
