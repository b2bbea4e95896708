package talk

import (
	"errors"
	"io"
	"net"
	"os"

	"netsim/nodes"
)

// Why a conversation is over, as `reason` says it.
const (
	saidQuit  = "q"         // one of both said q
	closed    = "closed"    // the other one hung up without a q
	idle      = "idle"      // nobody said a word for so long
	stuck     = "stuck"     // the other one does not read what we say
	truncated = "truncated" // it hung up inside a frame
	corrupted = "corrupted" // what came was no frame
	evicted   = "evicted"   // it had said nothing yet, and another one needed its place
	stopped   = "stopped"   // this program was told to end
	failed    = "failed"    // something else
)

// Who ended it, as `by` says it.
const (
	us   = "us"
	them = "them"
)

// ending is how a conversation ended.
type ending struct {
	reason string
	by     string
	err    error // for the result of a client; nil for q, and when it was told to end
}

// heardLast is the ending that the reading side met: an error of the connection.
func heardLast(err error) ending {
	var f *nodes.Failure
	switch word := nodes.WordOf(err); {
	case errors.As(err, &f) && word == nodes.Truncated:
		return ending{truncated, them, err}
	case errors.As(err, &f) && word == nodes.Corrupted:
		return ending{corrupted, us, err}
	case errors.Is(err, net.ErrClosed):
		return ending{stopped, us, nil}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ending{idle, us, nodes.Failf(nodes.Timeout, "nobody said a word for too long")}
	case errors.Is(err, io.EOF):
		return ending{closed, them, nodes.Failf(nodes.Closed, "the other end hung up without a q")}
	case word == nodes.Closed:
		return ending{closed, them, err}
	default:
		return ending{failed, them, err}
	}
}

// notTaken is the ending when a word was not taken in time.
func notTaken() ending {
	return ending{stuck, us, nodes.Failf(nodes.Timeout, "the other end does not read")}
}
