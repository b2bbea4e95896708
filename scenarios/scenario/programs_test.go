package scenario_test

import "netsim/nodes"

// programs are stand-ins with the shape of real ones: their tables are all that a
// scenario is checked against.
func programs() nodes.Set {
	host := []nodes.Arg{{Name: "HOST", Type: nodes.Host}}
	return nodes.Set{
		{Name: "ping", Forms: []nodes.Form{{
			Args: host,
			Flags: []nodes.Flag{
				{Name: "count", Type: nodes.Int, Default: "5"},
				{Name: "interval", Type: nodes.Duration, Default: "200ms"},
				{Name: "ttl", Type: nodes.Int, Default: "64"},
			},
			Result: []nodes.Field{
				{Name: "sent", Type: nodes.Int}, {Name: "received", Type: nodes.Int}, {Name: "lost", Type: nodes.Int},
				{Name: "loss", Type: nodes.Ratio}, {Name: "ttl", Type: nodes.Int},
				{Name: "rtt", Type: nodes.Object, Fields: []nodes.Field{
					{Name: "min", Type: nodes.Duration}, {Name: "avg", Type: nodes.Duration}, {Name: "max", Type: nodes.Duration},
				}},
				{Name: "from", Type: nodes.Texts},
			},
		}}},
		{Name: "trace", Forms: []nodes.Form{{
			Args:   host,
			Result: []nodes.Field{{Name: "path", Type: nodes.Texts}, {Name: "hops", Type: nodes.Int}, {Name: "reached", Type: nodes.Bool}},
		}}},
		{Name: "probe", Forms: []nodes.Form{
			{Words: "serve", Server: true},
			{Words: "tcp", Args: host, Result: []nodes.Field{
				{Name: "bytes", Type: nodes.Size}, {Name: "seconds", Type: nodes.Duration}, {Name: "throughput", Type: nodes.Rate},
				{Name: "lost_packets", Type: nodes.Ints},
			}},
		}},
		{Name: "echo", Forms: []nodes.Form{
			{Words: "serve", Server: true, Ready: []nodes.Field{{Name: "port", Type: nodes.Int}}, Result: []nodes.Field{{Name: "served", Type: nodes.Int}}},
			{Words: "udp", Args: append(host[:1:1], nodes.Arg{Name: "TEXT", Type: nodes.Text}), Result: []nodes.Field{{Name: "reply", Type: nodes.Text}}},
		}},
		{Name: "chat", Forms: []nodes.Form{{
			Words: "join", Args: host, Server: true,
			Events: []nodes.Kind{
				{Event: "joined", Fields: []nodes.Field{{Name: "who", Type: nodes.Text}}},
				{Event: "message", Fields: []nodes.Field{{Name: "from", Type: nodes.Text}, {Name: "text", Type: nodes.Text}}},
			},
		}}},
		{Name: "show", Forms: []nodes.Form{{
			Words: "routes",
			Result: []nodes.Field{{Name: "routes", Type: nodes.Objects, Fields: []nodes.Field{
				{Name: "destination", Type: nodes.Text}, {Name: "via", Type: nodes.Text}, {Name: "metric", Type: nodes.Int},
			}}},
		}}},
	}
}
