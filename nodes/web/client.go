package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"netsim/nodes"
	"netsim/nodes/lookup"
	"netsim/nodes/stream"
)

const (
	maxRedirects = 5
	maxAnswer    = 64 << 10 // bytes of an answer's header
)

// newClient makes a client that leaves a server when nothing comes for so long.
func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) { return dial(ctx, addr, timeout) },
			// One request and that is it; and the bytes as they are.
			DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: redirect,
	}
}

func redirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return nodes.Failf(nodes.Failed, "more than %d redirects", maxRedirects)
	}
	if next.URL.Scheme != "http" {
		return nodes.Failf(nodes.Failed, "a redirect to %s, which is not plain HTTP", short(next.URL.String()))
	}
	return nil
}

func dial(ctx context.Context, addr string, timeout time.Duration) (net.Conn, error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, nodes.Failf(nodes.Failed, "not a port: %s", short(service))
	}
	ip, err := lookup.Addr(host)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := stream.Dial(ctx, netip.AddrPortFrom(ip, uint16(port)))
	if err != nil {
		return nil, err
	}
	return stream.NewConn(c, timeout, timeout), nil
}
