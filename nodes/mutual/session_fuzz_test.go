package mutual

import (
	"bytes"
	"testing"
)

// between is a session's stream in memory.
type between struct {
	*bytes.Reader
	bytes.Buffer
}

func (b *between) Read(p []byte) (int, error)  { return b.Reader.Read(p) }
func (b *between) Write(p []byte) (int, error) { return b.Buffer.Write(p) }

// What Read takes, the other end of this run has sent, as that message: written again it is the same bytes.
func FuzzSessionRead(f *testing.F) {
	key := proof{1, 2, 3}
	sent := func(numbers ...string) []byte {
		b := &between{}
		s := newSession(b, "bob", key, fromServer, fromClient)
		for _, text := range numbers {
			if err := s.Write([]byte(text)); err != nil {
				f.Fatal(err)
			}
		}
		return b.Bytes()
	}
	one, two := sent("one"), sent("one", "two")
	other := newSession(&between{}, "bob", key, fromClient, fromServer).mark(fromClient, 0, []byte("one"))
	f.Add(one)                                                         // a message
	f.Add(two)                                                         // two
	f.Add(two[len(one):])                                              // the second one alone
	f.Add(append(bytes.Clone(one), one...))                            // one of them twice
	f.Add(one[:len(one)-1])                                            // a byte short
	f.Add(append(append(bytes.Clone(one[:4]), other[:]...), "one"...)) // of the other direction
	f.Add([]byte{3, 0, 0, 0, 1, 2, 3})                                 // too short for a mark
	f.Add([]byte{0xff, 0xff, 0xff, 0x7f})                              // a length that nobody may claim
	f.Add([]byte{})                                                    // nothing
	f.Fuzz(func(t *testing.T, b []byte) {
		in := newSession(&between{Reader: bytes.NewReader(b)}, "alice", key, fromClient, fromServer)
		in.Max = 1 << 10
		out := &between{}
		again := newSession(out, "bob", key, fromServer, fromClient)
		for {
			message, err := in.Read()
			if err != nil {
				break
			}
			if err := again.Write(message); err != nil || len(message) > in.Max {
				t.Fatalf("%d bytes are taken, %v", len(message), err)
			}
			if !bytes.HasPrefix(b, out.Bytes()) {
				t.Errorf("%q is taken for %q", b, out.Bytes())
			}
		}
	})
}
