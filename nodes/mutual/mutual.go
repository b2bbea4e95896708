// Package mutual is mutual-hmac-sha256: two programs that share a secret prove it to each
// other, and nobody who listens, records, reflects or guesses online learns it.
//
//	session, err := mutual.Client(conn, mutual.Identity{Name: "operator", Secret: secret}, "bob")
//	session, err := mutual.Server(conn, "bob", lookup)
//
// Every message is framed (package framing, little-endian, at most MaxMessage bytes); its first byte says
// what it is:
//
//	client                                                server
//	  │ 1 ‖ client nonce (32) ‖ user's name (1–64)           │
//	  │ ───────────────────────────────────────────────────► │
//	  │           2 ‖ server nonce (32) ‖ server's name      │   for every name alike
//	  │ ◄─────────────────────────────────────────────────── │
//	  │ 3 ‖ client's proof (32)                              │
//	  │ ───────────────────────────────────────────────────► │   verified before anything else is said
//	  │           4 ‖ server's proof (32), or 5: refused     │
//	  │ ◄─────────────────────────────────────────────────── │
//
// A proof is HMAC-SHA256, keyed by the secret, over "netsim mutual-hmac-sha256 1", a label for its direction ("client
// proves to server" or "server proves to client"), the client's nonce, the server's, the user's name and the server's,
// each with its length before it (4 bytes, big-endian). A label for each direction: a proof that is reflected, or said in the other
// role, does not fit. A fresh nonce from each side: nor does one that was recorded. Names: nor does one
// that was made for another server that has the same secret, where the client says which one it wants.
//
// The client proves first. Whoever gets a proof can guess secrets at home, as fast as computers are. If the server
// went first, every stranger could connect, claim a name and carry a proof away; this way only those can
// to whom the client itself connects, or who listen to a run that works. Against them a
// secret must be long and random: 16 random bytes, not a word.
//
// An unknown user looks like a wrong secret: the same messages, and the same work with a secret that is random. So
// Server tells the client nothing but "refused". How often one may try is the server's business: Attempts.
//
// The exchange has no time of its own. The caller sets a deadline on the connection before it.
//
// Afterwards Session carries messages of which each has an HMAC with a key of this run alone, so that who sits in
// between can neither change, repeat nor drop one unseen. It hides nothing: they can be read.
package mutual

import (
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"io"

	"netsim/nodes"
	"netsim/nodes/framing"
)

// Scheme is what this is called in flags and results.
const Scheme = "mutual-hmac-sha256"

// Identity is who a client says it is, and what it proves that with.
type Identity struct {
	Name   string // 1 to MaxName bytes, printable
	Secret []byte // not empty
}

// Lookup gives the secret of a user. An empty one is as good as unknown.
type Lookup func(user string) (secret []byte, known bool)

func codec() framing.Codec { return framing.Codec{Max: MaxMessage} }

// Client authenticates as id to the server of that name, and the server to it; "" takes any
// server that has the secret. The error is a *nodes.Failure, denied, when either side does not accept the
// other, corrupted or truncated for what is no message of this exchange, or that of rw.
func Client(rw io.ReadWriter, id Identity, server string) (*Session, error) {
	if len(id.Secret) == 0 {
		return nil, nodes.Failf(nodes.Denied, "an empty secret proves nothing")
	}
	mine, err := newGreeting(id.Name)
	if err != nil {
		return nil, err
	}
	if err := send(rw, mine.append(nil, kindHello)); err != nil {
		return nil, err
	}
	theirs, err := receiveGreeting(rw, kindChallenge)
	if err != nil {
		return nil, err
	}
	if server != "" && theirs.name != server {
		return nil, nodes.Failf(nodes.Denied, "the server is %q, not %q", theirs.name, server)
	}
	run := transcript{secret: id.Secret, client: mine, server: theirs}
	if err := send(rw, run.proof(fromClient).append(nil, kindClientProof)); err != nil {
		return nil, err
	}
	if err := run.acceptServer(rw); err != nil {
		return nil, err
	}
	return newSession(rw, theirs.name, run.proof(forSession), fromClient, fromServer), nil
}

// acceptServer reads the server's proof, or that it does not want us.
func (t transcript) acceptServer(r io.Reader) error {
	b, err := receive(r)
	if err != nil {
		return err
	}
	if len(b) == 1 && b[0] == kindRefused {
		return nodes.Failf(nodes.Denied, "the server accepts no user %q with this secret, or has had too many attempts", t.client.name)
	}
	theirs, err := parseProof(b, kindServerProof)
	if err != nil {
		return err
	}
	want := t.proof(fromServer)
	if !hmac.Equal(theirs[:], want[:]) {
		return nodes.Failf(nodes.Denied, "the server %q does not know the secret", t.server.name)
	}
	return nil
}

// Server authenticates the next client, and itself to it under that name. The error is a *nodes.Failure,
// denied, for a wrong secret and an unknown user alike, corrupted or truncated for what is no
// message of this exchange, or that of rw.
func Server(rw io.ReadWriter, name string, lookup Lookup) (*Session, error) {
	mine, err := newGreeting(name)
	if err != nil {
		return nil, err
	}
	theirs, err := receiveGreeting(rw, kindHello)
	if err != nil {
		return nil, err
	}
	if err := send(rw, mine.append(nil, kindChallenge)); err != nil {
		return nil, err
	}
	b, err := receive(rw)
	if err != nil {
		return nil, err
	}
	proof, err := parseProof(b, kindClientProof)
	if err != nil {
		return nil, err
	}
	secret, known := secretOf(lookup, theirs.name)
	run := transcript{secret: secret, client: theirs, server: mine}
	want := run.proof(fromClient)
	if !hmac.Equal(proof[:], want[:]) || !known {
		refused := nodes.Failf(nodes.Denied, "user %q: unknown, or a wrong secret", theirs.name)
		return nil, errors.Join(refused, send(rw, []byte{kindRefused}))
	}
	if err := send(rw, run.proof(fromServer).append(nil, kindServerProof)); err != nil {
		return nil, err
	}
	return newSession(rw, theirs.name, run.proof(forSession), fromServer, fromClient), nil
}

// secretOf makes a secret for those who have none, so that they cost what others cost.
func secretOf(lookup Lookup, user string) (secret []byte, known bool) {
	var dummy [nonceSize]byte
	_, _ = rand.Read(dummy[:]) // it has no error
	secret, known = lookup(user)
	if !known || len(secret) == 0 {
		return dummy[:], false
	}
	return secret, true
}
