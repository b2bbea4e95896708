package mutual

import (
	"bytes"
	"io"
	"os"

	"netsim/nodes"
)

// MaxSecret bounds a secret, in bytes.
const MaxSecret = 1024

// ReadSecret reads a secret from a file: all of it but line ends at its end, which editors add. The error is
// a *nodes.Failure: denied when nothing is left, and message too long above MaxSecret.
func ReadSecret(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	secret, err := io.ReadAll(io.LimitReader(f, MaxSecret+3))
	if err != nil {
		return nil, err
	}
	secret = bytes.TrimRight(secret, "\r\n")
	if len(secret) == 0 {
		return nil, nodes.Failf(nodes.Denied, "%s: an empty secret proves nothing", file)
	}
	if len(secret) > MaxSecret {
		return nil, nodes.Failf(nodes.TooBig, "%s: a secret has at most %d bytes", file, MaxSecret)
	}
	return secret, nil
}
