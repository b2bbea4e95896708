package nodes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Word is what a result's `error` says: one of a fixed list, so that scenarios can
// expect failure (`expect: error == "host unreachable"`).
type Word string

const (
	Timeout            Word = "timeout"             // no answer in time
	Refused            Word = "refused"             // ICMP port unreachable, TCP reset on connect
	NetworkUnreachable Word = "network unreachable" // no route, here or at a router
	HostUnreachable    Word = "host unreachable"    // nobody answers ARP for it
	TTLExceeded        Word = "ttl exceeded"        // ICMP time exceeded in transit
	TooBig             Word = "message too long"    // larger than the path's MTU, or than a datagram can be
	Closed             Word = "closed"              // the other end closed or reset too early
	NotFound           Word = "not found"           // no such name, no such file
	Denied             Word = "denied"              // not permitted
	Corrupted          Word = "corrupted"           // content is not what was sent
	Truncated          Word = "truncated"           // a stream ended in the middle of something
	Exists             Word = "exists"              // would overwrite
	DiskFull           Word = "disk full"
	AddressInUse       Word = "address in use" // another program has the port
	Failed             Word = "failed"         // none of the above; standard error tells
)

// Words returns all words, in the order of the reference page.
func Words() []Word {
	return []Word{
		Timeout, Refused, NetworkUnreachable, HostUnreachable, TTLExceeded, TooBig, Closed,
		NotFound, Denied, Corrupted, Truncated, Exists, DiskFull, AddressInUse, Failed,
	}
}

// Failure is an error that a result names by its word: the program ran and it did
// not work. Exit status 1.
type Failure struct {
	Word   Word
	Detail string // for people, on standard error
}

func (f *Failure) Error() string {
	if f.Detail == "" {
		return string(f.Word)
	}
	return string(f.Word) + ": " + f.Detail
}

// Failf makes a Failure. The detail is for people: lower case, with the value at fault.
func Failf(word Word, format string, args ...any) *Failure {
	return &Failure{Word: word, Detail: fmt.Sprintf(format, args...)}
}

// FailureOf names an error of the standard library by its word; the error's own text
// becomes the detail. A Failure, also a wrapped one, keeps its word. err is not nil.
func FailureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Word: WordOf(err), Detail: err.Error()}
}

// ListenFailure explains why a port is not to be had: small ones are reserved on most
// machines, though not on a node.
func ListenFailure(err error, port int) error {
	if errors.Is(err, fs.ErrPermission) {
		return Failf(Denied, "port %d is reserved on this machine; take one from 1024 on with --port, or lower the sysctl net.ipv4.ip_unprivileged_port_start", port)
	}
	return err
}

// WordOf is the word for an error: by its errno (errno(3)), or by the standard
// library's own values. What it does not know is Failed; nil is "".
func WordOf(err error) Word {
	var f *Failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Word
	}
	for _, k := range knownErrors() {
		if errors.Is(err, k.err) {
			return k.word
		}
	}
	var t interface{ Timeout() bool }
	if errors.As(err, &t) && t.Timeout() {
		return Timeout
	}
	return Failed
}

type knownError struct {
	err  error
	word Word
}

func knownErrors() []knownError {
	return []knownError{
		{os.ErrDeadlineExceeded, Timeout},
		{context.DeadlineExceeded, Timeout},
		{syscall.ETIMEDOUT, Timeout},
		{syscall.ECONNREFUSED, Refused},
		{syscall.ENETUNREACH, NetworkUnreachable},
		{syscall.EHOSTUNREACH, HostUnreachable},
		{syscall.EMSGSIZE, TooBig},
		{syscall.ECONNRESET, Closed},
		{syscall.ECONNABORTED, Closed},
		{syscall.EPIPE, Closed},
		{io.EOF, Closed},
		{io.ErrUnexpectedEOF, Closed},
		{syscall.EADDRINUSE, AddressInUse},
		{syscall.ENOSPC, DiskFull},
		{syscall.EDQUOT, DiskFull},
		{fs.ErrNotExist, NotFound},
		{fs.ErrPermission, Denied},
		{fs.ErrExist, Exists},
	}
}

// UsageError is a wrong command line. Exit status 2.
type UsageError struct {
	Message string // "--count: not a number: five"
	Hint    string // what would be valid
}

func (u *UsageError) Error() string { return u.Message }
