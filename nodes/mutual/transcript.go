package mutual

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// The labels, of which each makes another HMAC of the same run.
const (
	fromClient = "client proves to server"
	fromServer = "server proves to client"
	forSession = "key of the session"
)

// protocol is in every HMAC, so that the same secret in another protocol or version does no harm.
const protocol = "netsim " + Scheme + " 1"

// transcript is a run of the exchange as both sides must have seen it.
type transcript struct {
	secret         []byte
	client, server greeting
}

// proof is HMAC-SHA256 over the label and the run:
//
//	u32 length ‖ protocol, u32 length ‖ label, u32 length ‖ client nonce, u32 length ‖ server nonce,
//	u32 length ‖ client's name, u32 length ‖ server's name          big-endian
//
// Lengths, because "ab" ‖ "c" and "a" ‖ "bc" would be the same.
func (t transcript) proof(label string) (p proof) {
	return sum(t.secret, []byte(protocol), []byte(label), t.client.nonce[:], t.server.nonce[:], []byte(t.client.name), []byte(t.server.name))
}

// sum is the HMAC of fields with their lengths.
func sum(key []byte, fields ...[]byte) (p proof) {
	h := hmac.New(sha256.New, key)
	for _, f := range fields {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(f)))
		h.Write(length[:])
		h.Write(f)
	}
	copy(p[:], h.Sum(nil))
	return p
}
