package scenario

import (
	"fmt"
	"math"
)

// rare is the probability below which a count is not plausible.
const rare = 1e-6

// plausible says whether k of n events are no rarer than one in a million, when each of
// them happens with probability p, independently. k has a binomial distribution; the
// test is exact and has two sides: k is implausible where the tail from k outward, away
// from the mean, has less than half a millionth.
//
//	P(X ≤ k) or P(X ≥ k), whichever is the smaller, at least 0.5e-6
//
// So a scenario that says `plausible(lost, sent, 10%)` fails by chance once in a million
// runs at the most, however many packets it sends.
func plausible(k, n int, p float64) bool {
	switch {
	case k < 0 || k > n || p < 0 || p > 1 || math.IsNaN(p):
		return false
	case p == 0:
		return k == 0
	case p == 1:
		return k == n
	case float64(k) <= p*float64(n):
		return tail(k, n, p, -1) >= rare/2
	}
	return tail(k, n, p, +1) >= rare/2
}

// tail sums the probabilities of k, and of what is further away from the mean, until
// the sum is large enough or what is left cannot matter.
func tail(k, n int, p float64, step int) float64 {
	odds := p / (1 - p)
	term := math.Exp(logBinomial(k, n, p))
	sum := 0.0
	for ; k >= 0 && k <= n && sum < rare/2 && term > rare*1e-12; k += step {
		sum += term
		if step < 0 {
			term *= float64(k) / float64(n-k+1) / odds
		} else {
			term *= float64(n-k) / float64(k+1) * odds
		}
	}
	return sum
}

// logBinomial is the logarithm of P(X = k).
func logBinomial(k, n int, p float64) float64 {
	ways := logFactorial(n) - logFactorial(k) - logFactorial(n-k)
	return ways + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p)
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}

// callPlausible is plausible as expr-lang calls it.
func callPlausible(args ...any) (any, error) {
	if len(args) != 3 {
		return nil, fmt.Errorf("plausible takes 3 arguments, not %d", len(args))
	}
	k, kOK := args[0].(int)
	n, nOK := args[1].(int)
	p, pOK := args[2].(float64)
	if i, ok := args[2].(int); ok {
		p, pOK = float64(i), true
	}
	if !kOK || !nOK || !pOK {
		return nil, fmt.Errorf("plausible takes counts and a ratio, not %v, %v, %v", args[0], args[1], args[2])
	}
	return plausible(k, n, p), nil
}
