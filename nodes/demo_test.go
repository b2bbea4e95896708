package nodes_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"netsim/nodes"
)

// demo is a set of programs that has every kind of argument, flag and field, and every
// way to end.
func demo() nodes.Set {
	return nodes.Set{
		{Name: "knock", Summary: "asks a host whether it is there", Forms: []nodes.Form{knock()}},
		{Name: "mail", Summary: "carries letters", Forms: []nodes.Form{
			{
				Words: "serve", Summary: "takes letters", Server: true,
				Ready:  []nodes.Field{{Name: "port", Type: nodes.Int, Help: "where it listens"}},
				Events: []nodes.Kind{{Event: "letter", Help: "one came", Fields: []nodes.Field{{Name: "from", Type: nodes.Text, Help: "who sent it"}}}},
				Result: []nodes.Field{{Name: "letters", Type: nodes.Int, Help: "how many came"}},
				Run:    serveMail,
			},
			{
				Words: "send now", Summary: "sends letters",
				Args: []nodes.Arg{
					{Name: "HOST", Type: nodes.Host, Help: "where to"},
					{Name: "LETTER", Type: nodes.Text, Repeated: true, Help: "what is written | printed"},
				},
				Flags: []nodes.Flag{
					{Name: "name", Type: nodes.Text, Required: true, Help: "who sends them"},
					{Name: "how", Type: nodes.Text, Default: "slow", Choices: []string{"slow", "fast"}, Help: "by which service"},
				},
				Run: func(context.Context, *nodes.Call) error { return nil },
			},
		}},
		{Name: "fall", Summary: "does not work", Forms: []nodes.Form{{
			Args:   []nodes.Arg{{Name: "HOW", Type: nodes.Text, Optional: true, Help: "in which way"}},
			Result: []nodes.Field{{Name: "depth", Type: nodes.Int, Help: "how far"}},
			Run:    fall,
		}}},
	}
}

func knock() nodes.Form {
	return nodes.Form{
		Args: []nodes.Arg{{Name: "HOST", Type: nodes.Host, Help: "whom to ask"}},
		Flags: []nodes.Flag{
			{Name: "count", Type: nodes.Int, Default: "5", Min: "1", Max: "100", Help: "how often"},
			{Name: "interval", Type: nodes.Duration, Default: "200ms", Min: "1ms", Help: "time between"},
			{Name: "loss", Type: nodes.Ratio, Default: "10%", Max: "50%", Help: "how many may be lost"},
			{Name: "size", Type: nodes.Size, Default: "4KiB", Help: "how large"},
			{Name: "speed", Type: nodes.Rate, Default: "10mbit", Help: "how fast"},
			{Name: "loud", Type: nodes.Bool, Help: "with the fist"},
		},
		Result: []nodes.Field{
			{Name: "sent", Type: nodes.Int, Help: "how often"},
			{Name: "loss", Type: nodes.Ratio, Help: "lost of sent"},
			{Name: "open", Type: nodes.Bool, Help: "somebody opened"},
			{Name: "who", Type: nodes.Text, Help: "who did"},
			{Name: "bytes", Type: nodes.Size, Help: "how much was said"},
			{Name: "speed", Type: nodes.Rate, Help: "how fast"},
			{Name: "rtt", Type: nodes.Object, Help: "times", Fields: []nodes.Field{
				{Name: "min", Type: nodes.Duration, Help: "shortest"},
				{Name: "max", Type: nodes.Duration, Help: "longest"},
			}},
			{Name: "from", Type: nodes.Texts, Help: "who answered"},
			{Name: "lost", Type: nodes.Ints, Help: "which ones were lost"},
			{Name: "doors", Type: nodes.Objects, Help: "each of the doors", Fields: []nodes.Field{
				{Name: "name", Type: nodes.Text, Help: "of the door"},
				{Name: "after", Type: nodes.Duration, Help: "until it opened"},
			}},
		},
		Run: func(_ context.Context, c *nodes.Call) error {
			c.Result(knocked(c.Int("count")))
			return nil
		},
	}
}

func knocked(count int) nodes.Values {
	return nodes.Values{
		"sent": count, "loss": 0.125, "open": true, "who": "Zoë \x1b[31m<b>", "bytes": int64(10_000_000), "speed": 9.4e6,
		"rtt":  nodes.Values{"min": 1500 * time.Microsecond, "max": 2 * time.Second},
		"from": []string{"10.1.0.2", "10.1.0.3"}, "lost": []int{3, 7},
		"doors": []nodes.Values{{"name": "front", "after": 40 * time.Millisecond}, {"name": ""}},
	}
}

func serveMail(ctx context.Context, c *nodes.Call) error {
	c.Ready(nodes.Values{"port": 25})
	c.Event("letter", nodes.Values{"from": "alice"})
	<-ctx.Done()
	c.Result(nodes.Values{"letters": 1})
	return nil
}

func fall(_ context.Context, c *nodes.Call) error {
	c.Result(nodes.Values{"depth": 3})
	switch c.Arg("HOW") {
	case "named":
		return nodes.Failf(nodes.Corrupted, "byte %d", 7)
	case "wrapped":
		return fmt.Errorf("on the way: %w", nodes.Failf(nodes.Refused, "no"))
	case "system":
		return &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	case "usage":
		return &nodes.UsageError{Message: "not like that", Hint: "like this"}
	}
	return errors.New("just so")
}
