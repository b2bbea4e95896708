// Package echo is the program `echo`: a server that sends back what it gets over UDP and
// TCP (RFC 862), in one of the three classic server models, and its clients.
//
//	echo serve --upper --model iterative
//	echo udp bob hello        {"event":"result",…,"reply":"HELLO","from":"10.1.0.3","seconds":0.0004}
//	echo tcp bob hello
//
// The models differ in who waits for whom when several TCP clients come at once:
//
//	iterative    one client is served to its end, the others wait in the listen queue
//	concurrent   one goroutine for each client
//	eventloop    one thread serves all, with epoll(7)
package echo

import (
	"time"

	"netsim/nodes"
)

// Program describes `echo`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "echo", Summary: "sends back what it gets, and asks for that",
		Forms: []nodes.Form{serveForm(), clientForm("udp", askUDP), clientForm("tcp", askTCP)},
	}
}

func serveForm() nodes.Form {
	return nodes.Form{
		Words: "serve", Server: true,
		Summary: "serves UDP and TCP on one port",
		Flags: []nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "7", Max: "65535", Help: "UDP and TCP port; 0 for any free one"},
			{Name: "upper", Type: nodes.Bool, Help: "answer in upper case"},
			{Name: "model", Type: nodes.Text, Default: concurrent, Choices: []string{iterative, concurrent, eventloop}, Help: "how TCP clients are served"},
		},
		Ready: nodes.ListenFields(),
		Events: []nodes.Kind{
			{Event: "client", Help: "a TCP client is being served from now on", Fields: []nodes.Field{
				{Name: "from", Type: nodes.Text, Help: "its address:port"},
			}},
			{Event: "left", Help: "a TCP client is served no more", Fields: []nodes.Field{
				{Name: "from", Type: nodes.Text, Help: "its address:port"},
				{Name: "bytes", Type: nodes.Size, Help: "what it got back"},
			}},
		},
		Result: []nodes.Field{
			{Name: "clients", Type: nodes.Int, Help: "TCP clients served"},
			{Name: "datagrams", Type: nodes.Int, Help: "UDP datagrams answered"},
			{Name: "bytes", Type: nodes.Size, Help: "sent back, UDP and TCP together"},
		},
		Run: serve,
	}
}

func clientForm(transport string, run func(asking) (answer, error)) nodes.Form {
	summary := "sends one datagram and waits for the answer"
	var events []nodes.Kind
	var more []nodes.Flag
	if transport == "tcp" {
		summary = "connects, sends the text and reads the answer"
		more = []nodes.Flag{{Name: "hold", Type: nodes.Duration, Default: "0s", Max: "1m", Help: "stay so long before sending, as a slow client does; --timeout does not count it"}}
		events = []nodes.Kind{{Event: "connected", Help: "with --hold: it is connected, or in the listen queue, and stays", Fields: []nodes.Field{
			{Name: "to", Type: nodes.Text, Help: "the server's address:port"},
		}}}
	}
	return nodes.Form{
		Words: transport, Summary: summary,
		Args: []nodes.Arg{
			{Name: "HOST", Type: nodes.Host, Help: "where the server runs"},
			{Name: "TEXT", Type: nodes.Text, Help: "what to send"},
		},
		Flags: append([]nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "7", Min: "1", Max: "65535", Help: "the server's port"},
			{Name: "timeout", Type: nodes.Duration, Default: "4s", Min: "1ms", Help: "for all of it; unanswered ARP is told after 3s"},
		}, more...),
		Events: events,
		Result: []nodes.Field{
			{Name: "reply", Type: nodes.Text, Help: "what came back"},
			{Name: "from", Type: nodes.Text, Help: "address that it came from"},
			{Name: "seconds", Type: nodes.Duration, Help: "from sending, or connecting, to the whole answer"},
		},
		Run: client(run),
	}
}

// answer is what a client got.
type answer struct {
	reply   string
	from    string
	elapsed time.Duration
}
