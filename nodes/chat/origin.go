package chat

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// Joining is bounded, too, so that nobody gets around what a member may say by leaving and
// coming again. Bursts are twice as many as may be members.
const (
	joinsOfAll = 50 // a second
	joinsOfOne = 10 // a second, from one address
)

// All members from one address together may say so many times what one may.
const (
	rateOfOne  = 10
	burstOfOne = 5
)

// origin is what a room knows of an address, for a while also when its members have left.
type origin struct {
	members  int
	joins    *rate.Limiter
	messages *rate.Limiter
	last     time.Time // of its last join
}

func (r *room) newOrigin() *origin {
	return &origin{
		joins:    rate.NewLimiter(joinsOfOne, 2*r.perAddress),
		messages: rate.NewLimiter(rate.Limit(rateOfOne*r.rate), burstOfOne*r.burst),
	}
}

// originOf is what is known of an address; of a new one nothing is kept before somebody joins.
func (r *room) originOf(a netip.Addr) *origin {
	if o := r.at[a]; o != nil {
		return o
	}
	return r.newOrigin()
}

// forget drops the addresses from which nobody is left, once they may do all again.
func (r *room) forget(now time.Time) {
	refilled := time.Duration(2*r.perAddress) * time.Second / joinsOfOne
	for a, o := range r.at {
		if o.members == 0 && now.Sub(o.last) > refilled {
			delete(r.at, a)
		}
	}
}
