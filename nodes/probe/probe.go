// Package probe is the program `probe`: it measures a path between two nodes.
//
//	probe serve
//	probe udp bob --count 1000 --rate 500     which packets arrived, in what order, how late
//	probe tcp bob --bytes 10MB                throughput, retransmits, round-trip time
//
// A client controls its measurement over a TCP connection to the server's port, as lines
// of JSON. UDP packets go to the UDP port of the same number, and the server tells over
// the control connection what became of them:
//
//	client                           server
//	──TCP──► {"verb":"udp","session":"…","count":100,"size":64}
//	◄─────── {"verb":"go"}
//	──UDP──► packets 1 … 100
//	──TCP──► {"verb":"end"}
//	         … waits until all have arrived or no more come
//	◄─────── {"verb":"report","arrived":"…","latencies":…}
//
//	──TCP──► {"verb":"tcp","bytes":10000000}
//	◄─────── {"verb":"go"}
//	──TCP──► 10000000 bytes
//	◄─────── {"verb":"report","bytes":10000000,"checksum":…}
//
// One-way latencies compare the clocks of both nodes: they are right where the nodes are
// containers or namespaces of one machine, which share its clock.
package probe

import (
	"netsim/nodes"
)

// DefaultPort is where `probe serve` listens unless it is told otherwise.
const DefaultPort = "7007"

// Program describes `probe`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "probe", Summary: "measures loss, order, latency and throughput between two nodes",
		Forms: []nodes.Form{serveForm(), udpForm(), tcpForm()},
	}
}

func serveForm() nodes.Form {
	return nodes.Form{
		Words: "serve", Server: true,
		Summary: "the other end of measurements, of many clients at once",
		Flags: []nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: DefaultPort, Max: "65535", Help: "UDP and TCP port; 0 for any free one"},
		},
		Ready: nodes.ListenFields(),
		Events: []nodes.Kind{{Event: "session", Help: "a measurement has ended", Fields: []nodes.Field{
			{Name: "mode", Type: nodes.Text, Help: "udp or tcp"},
			{Name: "from", Type: nodes.Text, Help: "the client's address"},
			{Name: "delivered", Type: nodes.Int, Help: "different packets that arrived intact; udp"},
			{Name: "bytes", Type: nodes.Size, Help: "bytes that arrived; tcp"},
		}}},
		Result: []nodes.Field{
			{Name: "sessions", Type: nodes.Int, Help: "measurements that ended"},
			{Name: "packets", Type: nodes.Int, Help: "UDP packets that arrived, of all sessions and of none"},
			{Name: "bytes", Type: nodes.Size, Help: "TCP payload that arrived"},
		},
		Run: serve,
	}
}

func udpForm() nodes.Form {
	return nodes.Form{
		Words:   "udp",
		Summary: "sends numbered packets at a steady rate and says which of them arrived",
		Args:    []nodes.Arg{hostArg()},
		Flags: []nodes.Flag{
			{Name: "count", Type: nodes.Int, Default: "100", Min: "1", Max: "1000000", Help: "how many packets"},
			{Name: "size", Type: nodes.Size, Default: "64", Min: "32", Max: "65507", Help: "UDP payload of each"},
			{Name: "rate", Type: nodes.Int, Default: "100", Min: "1", Max: "1000000", Help: "packets per second"},
			{Name: "wait", Type: nodes.Duration, Default: "1s", Max: "10s", Help: "how long no packet may arrive, after the last was sent, until the rest counts as lost"},
			portFlag(), timeoutFlag(),
		},
		Result: udpResult(),
		Run:    runUDP,
	}
}

func udpResult() []nodes.Field {
	return []nodes.Field{
		{Name: "sent", Type: nodes.Int, Help: "packets sent, also those that this node could not get out"},
		{Name: "delivered", Type: nodes.Int, Help: "different packets that arrived intact"},
		{Name: "lost", Type: nodes.Int, Help: "sent - delivered"},
		{Name: "loss", Type: nodes.Ratio, Help: "lost / sent"},
		{Name: "lost_packets", Type: nodes.Ints, Help: "numbers of the lost packets, from 1"},
		{Name: "duplicated", Type: nodes.Int, Help: "packets that arrived once more"},
		{Name: "reordered", Type: nodes.Int, Help: "packets that arrived after one with a higher number (RFC 4737)"},
		{Name: "corrupted", Type: nodes.Int, Help: "packets that arrived changed; they are not delivered"},
		{Name: "latency", Type: nodes.Object, Help: "one-way delays of the delivered packets, by the clocks of both nodes", Fields: []nodes.Field{
			{Name: "min", Type: nodes.Duration, Help: "shortest"},
			{Name: "avg", Type: nodes.Duration, Help: "mean"},
			{Name: "p50", Type: nodes.Duration, Help: "half of the packets were no later"},
			{Name: "p99", Type: nodes.Duration, Help: "99 of 100 packets were no later"},
			{Name: "max", Type: nodes.Duration, Help: "longest"},
		}},
	}
}

func tcpForm() nodes.Form {
	return nodes.Form{
		Words:   "tcp",
		Summary: "sends bytes as fast as the path takes them",
		Args:    []nodes.Arg{hostArg()},
		Flags: []nodes.Flag{
			{Name: "bytes", Type: nodes.Size, Default: "10MB", Min: "1", Max: "1TB", Help: "how much"},
			portFlag(), timeoutFlag(),
		},
		Result: []nodes.Field{
			{Name: "bytes", Type: nodes.Size, Help: "what arrived intact, as the server says"},
			{Name: "seconds", Type: nodes.Duration, Help: "from the first byte sent to the server's word that all arrived"},
			{Name: "throughput", Type: nodes.Rate, Help: "8 bits a byte / seconds"},
			{Name: "retransmits", Type: nodes.Int, Help: "segments that this node sent again (TCP_INFO, tcp(7))"},
			{Name: "rtt", Type: nodes.Duration, Help: "smoothed round-trip time at the end (TCP_INFO)"},
		},
		Run: runTCP,
	}
}

func hostArg() nodes.Arg {
	return nodes.Arg{Name: "HOST", Type: nodes.Host, Help: "where probe serve runs"}
}

func portFlag() nodes.Flag {
	return nodes.Flag{Name: "port", Type: nodes.Int, Default: DefaultPort, Min: "1", Max: "65535", Help: "the server's port"}
}

func timeoutFlag() nodes.Flag {
	return nodes.Flag{Name: "timeout", Type: nodes.Duration, Default: "10s", Min: "1ms", Help: "how long nothing may move on the control connection"}
}
