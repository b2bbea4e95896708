package ping

import (
	"context"
	"io"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"netsim/nodes"
)

var (
	bob = netip.MustParseAddr("192.0.2.3") // TEST-NET-1: in nobody's hosts file
	gw  = netip.MustParseAddr("192.0.2.1")
)

// score runs what happened through a program of its own, and returns its result.
func score(t *testing.T, requests int, happen func(*tally)) (nodes.Values, error) {
	t.Helper()
	p := Program()
	var values nodes.Values
	var err error
	p.Forms[0].Run = func(_ context.Context, call *nodes.Call) error {
		y := &tally{call: call}
		for range requests {
			y.send(time.Time{})
		}
		happen(y)
		values, err = y.values(), y.err(t.Context(), "bob")
		return nil
	}
	(nodes.Set{p}).Main(t.Context(), []string{"ping", "bob"}, nil, io.Discard, io.Discard, false)
	return values, err
}

func TestDuplicatesAreNotReceived(t *testing.T) {
	v, err := score(t, 3, func(y *tally) {
		for _, seq := range []int{1, 1, 2, 1, 9, 0} {
			y.reply(reply{seq: seq, from: bob, ttl: 64, rtt: time.Millisecond})
		}
	})
	if err != nil || v["received"] != 2 || v["lost"] != 1 || v["duplicates"] != 2 {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestBroadcastHasManyAnswers(t *testing.T) {
	v, err := score(t, 1, func(y *tally) {
		y.reply(reply{seq: 1, from: bob, ttl: 64})
		y.reply(reply{seq: 1, from: gw, ttl: 63})
		y.reply(reply{seq: 1, from: bob, ttl: 64})
	})
	if err != nil || v["received"] != 1 || v["duplicates"] != 1 || v["ttl"] != 63 || len(v["from"].([]string)) != 2 || len(v["ttls"].([]int)) != 2 {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestAnswersAreToldOneByOne(t *testing.T) {
	v, _ := score(t, 3, func(y *tally) {
		y.reply(reply{seq: 1, from: bob, ttl: 64})
		y.reply(reply{seq: 1, from: gw, ttl: 64})
		y.reply(reply{seq: 3, from: gw, ttl: 64})
	})
	want := []nodes.Values{
		{"from": gw.String(), "received": 2, "missing": []int{2}},
		{"from": bob.String(), "received": 1, "missing": []int{2, 3}},
	}
	if got := v["answers"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDominantWordWins(t *testing.T) {
	v, err := score(t, 4, func(y *tally) {
		y.fail(1, gw, nodes.NetworkUnreachable)
		y.fail(2, gw, nodes.HostUnreachable)
		y.fail(3, gw, nodes.HostUnreachable)
	})
	if nodes.WordOf(err) != nodes.HostUnreachable || v["loss"] != 1.0 || v["unreachable_from"] != gw.String() {
		t.Errorf("got %v, %v", v, err)
	}
	want := "host unreachable: bob, says 192.0.2.1"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestOneReplyIsEnough(t *testing.T) {
	_, err := score(t, 3, func(y *tally) {
		y.fail(1, gw, nodes.HostUnreachable)
		y.reply(reply{seq: 2, from: bob})
	})
	if err != nil {
		t.Errorf("got %v", err)
	}
	_, err = score(t, 3, func(*tally) {})
	if nodes.WordOf(err) != nodes.Timeout {
		t.Errorf("silence is %v", err)
	}
}

// A request counts as settled once, whatever comes for it and how often.
func TestSettled(t *testing.T) {
	score(t, 3, func(y *tally) {
		y.fail(1, gw, nodes.HostUnreachable)
		y.fail(1, gw, nodes.HostUnreachable)
		y.reply(reply{seq: 1, from: bob})
		y.reply(reply{seq: 2, from: bob})
		y.fail(2, gw, nodes.HostUnreachable)
		if y.settled != 2 || y.answered != 2 {
			t.Errorf("settled %d, answered %d", y.settled, y.answered)
		}
	})
}

func TestSpread(t *testing.T) {
	v := spread([]time.Duration{2, 4, 4, 4, 5, 5, 7, 9})
	if v["min"] != time.Duration(2) || v["avg"] != time.Duration(5) || v["max"] != time.Duration(9) || v["stddev"] != time.Duration(2) {
		t.Errorf("got %v", v)
	}
}
