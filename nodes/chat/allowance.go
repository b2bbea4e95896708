package chat

import (
	"math/bits"
	"time"

	"golang.org/x/time/rate"
)

// trickle is what a member that says nothing is still sent a second, after --silent: in
// datagrams of up to 1 KiB; longer ones count more.
const trickle = 20

// allowance is what a member may be sent until something comes from it, in parts: one for the
// first member of the room, one for the second, one for the third and fourth, for the fifth to
// eighth, and so on. A crowd of newcomers, real or forged, uses up its own parts and leaves
// those of who was there before. It is for one goroutine; its zero value is whole.
type allowance struct{ parts [32]*rate.Limiter }

// partOf is the part for the member of that rank, from 0.
func partOf(rank int) int { return bits.Len(uint(rank)) }

// take says whether it has room for a datagram, and takes that.
func (a *allowance) take(rank, size int, l limits, now time.Time) bool {
	part := partOf(rank)
	if a.parts[part] == nil {
		count := partOf(l.members-1) + 1
		a.parts[part] = rate.NewLimiter(rate.Limit(trickle)/rate.Limit(count), max(1, l.silent/count))
	}
	return a.parts[part].AllowN(now, (size+1023)/1024)
}
