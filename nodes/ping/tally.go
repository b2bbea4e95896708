package ping

import (
	"context"
	"math"
	"net/netip"
	"slices"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
)

// tally keeps the score of one run: what became of each request.
type tally struct {
	call *nodes.Call

	requests   []request // [seq-1]
	answered   int       // requests with a reply
	settled    int       // requests with a reply or an error
	duplicates int
	ttls       []int
	from       []netip.Addr
	rtts       []time.Duration
	words      []nodes.Word // of the errors, in order
	offender   netip.Addr   // of the first error
}

type request struct {
	at      time.Time
	failed  bool
	replies []netip.Addr
}

// reply is one that came in.
type reply struct {
	seq  int
	from netip.Addr
	ttl  int
	rtt  time.Duration
}

// send notes the next request and returns its sequence number.
func (t *tally) send(at time.Time) int {
	t.requests = append(t.requests, request{at: at})
	return len(t.requests)
}

// request returns what is known of a sequence number; nil if it was never sent.
func (t *tally) request(seq int) *request {
	if seq < 1 || seq > len(t.requests) {
		return nil
	}
	return &t.requests[seq-1]
}

func (t *tally) reply(r reply) {
	q := t.request(r.seq)
	if q == nil {
		return
	}
	duplicate := slices.Contains(q.replies, r.from)
	t.call.Event("reply", nodes.Values{"seq": r.seq, "from": r.from, "ttl": r.ttl, "rtt": r.rtt, "duplicate": duplicate})
	if duplicate {
		t.duplicates++
		return
	}
	if len(q.replies) == 0 {
		t.answered++
		t.settle(q)
	}
	q.replies = append(q.replies, r.from)
	t.rtts = append(t.rtts, r.rtt)
	if !slices.Contains(t.ttls, r.ttl) {
		t.ttls = append(t.ttls, r.ttl)
	}
	if !slices.Contains(t.from, r.from) {
		t.from = append(t.from, r.from)
	}
}

// fail notes an error instead of a reply. from is not valid for this node itself.
func (t *tally) fail(seq int, from netip.Addr, word nodes.Word) {
	q := t.request(seq)
	if q == nil {
		return
	}
	t.call.Event("unreachable", nodes.Values{"seq": seq, "from": from, "word": word})
	if len(t.words) == 0 {
		t.offender = from
	}
	t.words = append(t.words, word)
	if !q.failed {
		t.settle(q)
		q.failed = true
	}
}

// settle counts a request once, whether a reply or an error comes first.
func (t *tally) settle(q *request) {
	if !q.failed && len(q.replies) == 0 {
		t.settled++
	}
}

// quiet says that nothing at all has come back.
func (t *tally) quiet() bool { return t.settled == 0 }

func (t *tally) values() nodes.Values {
	sent := len(t.requests)
	v := nodes.Values{
		"sent": sent, "received": t.answered, "lost": sent - t.answered, "duplicates": t.duplicates,
		"ttls": t.ttls, "rtt": spread(t.rtts),
	}
	if sent > 0 {
		v["loss"] = float64(sent-t.answered) / float64(sent)
	}
	if len(t.ttls) > 0 {
		v["ttl"] = slices.Min(t.ttls)
	}
	var from []string
	for _, a := range t.from {
		from = append(from, a.String())
	}
	v["from"], v["answers"] = from, t.answers()
	if t.offender.IsValid() {
		v["unreachable_from"] = lookup.Name(t.offender)
	}
	return v
}

// answers say of each who answered how often, and which requests not; in order of their addresses.
func (t *tally) answers() []nodes.Values {
	all := []nodes.Values{}
	for _, a := range slices.SortedFunc(slices.Values(t.from), netip.Addr.Compare) {
		missing := []int{}
		for i, q := range t.requests {
			if !slices.Contains(q.replies, a) {
				missing = append(missing, i+1)
			}
		}
		all = append(all, nodes.Values{"from": a.String(), "received": len(t.requests) - len(missing), "missing": missing})
	}
	return all
}

// err is nil when anybody answered, and else what was said most often.
func (t *tally) err(ctx context.Context, host string) error {
	switch {
	case t.answered > 0:
		return nil
	case len(t.words) > 0:
		return nodes.Failf(mostFrequent(t.words), "%s, %s", host, t.teller())
	case ctx.Err() != nil:
		return nodes.Failf(nodes.Failed, "interrupted after %d requests", len(t.requests))
	}
	return nodes.Failf(nodes.Timeout, "%s answered none of %d requests", host, len(t.requests))
}

func (t *tally) teller() string {
	if !t.offender.IsValid() {
		return "says this node itself"
	}
	return "says " + lookup.Name(t.offender)
}

// mostFrequent is the first of those that are the most.
func mostFrequent(words []nodes.Word) nodes.Word {
	count := map[nodes.Word]int{}
	for _, w := range words {
		count[w]++
	}
	best := words[0]
	for _, w := range words {
		if count[w] > count[best] {
			best = w
		}
	}
	return best
}

// spread sums up round-trip times; the deviation is that of the whole population.
func spread(rtts []time.Duration) nodes.Values {
	if len(rtts) == 0 {
		return nil
	}
	var sum, squares float64
	for _, d := range rtts {
		sum += float64(d)
	}
	mean := sum / float64(len(rtts))
	for _, d := range rtts {
		squares += (float64(d) - mean) * (float64(d) - mean)
	}
	return nodes.Values{
		"min": slices.Min(rtts), "avg": time.Duration(mean), "max": slices.Max(rtts),
		"stddev": time.Duration(math.Sqrt(squares / float64(len(rtts)))),
	}
}
