package web

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"netsim/nodes"
	"netsim/nodes/stream"
)

func serveForm() nodes.Form {
	return nodes.Form{
		Words: "serve", Server: true,
		Summary: "serves the files of a directory over HTTP/1.1, with ranges",
		Args:    []nodes.Arg{{Name: "DIR", Type: nodes.Path, Optional: true, Help: "the directory; the working directory when not given"}},
		Flags: []nodes.Flag{
			{Name: "port", Type: nodes.Int, Default: "80", Max: "65535", Help: "TCP port; 0 for any free one"},
			{Name: "clients", Type: nodes.Int, Default: "128", Min: "1", Max: "4096", Help: "connections at the same time; then one without a request is closed for the next one, and if all have one, more are answered 503 and closed"},
			{Name: "idle", Type: nodes.Duration, Default: "30s", Min: "1ms", Help: "a connection is left when it has no request, or its reader takes nothing, for so long"},
		},
		Notes: []string{
			"What is not below the directory does not exist: symbolic links that lead out of it are not followed. Of a directory without index.html the names are listed.",
			"A request's header has 5s to come and at most 16 KiB. Only GET and HEAD are answered.",
		},
		Ready: nodes.ListenFields(),
		Events: []nodes.Kind{{Event: "request", Help: "a request has been answered; the first 1000 are told", Fields: []nodes.Field{
			{Name: "from", Type: nodes.Text, Help: "the client's address"},
			{Name: "method", Type: nodes.Text, Help: "GET, HEAD, …, at most 256 characters of it"},
			{Name: "path", Type: nodes.Text, Help: "what was asked for, at most 256 characters of it"},
			{Name: "status", Type: nodes.Int, Help: "the answer's status (RFC 9110, section 15)"},
			{Name: "bytes", Type: nodes.Size, Help: "content handed to the client"},
		}}},
		Result: []nodes.Field{
			{Name: "requests", Type: nodes.Int, Help: "requests answered"},
			{Name: "bytes", Type: nodes.Size, Help: "content handed to clients"},
			{Name: "cut", Type: nodes.Int, Help: "answers that were not taken to their end"},
			{Name: "refused", Type: nodes.Int, Help: "connections beyond --clients"},
			{Name: "evicted", Type: nodes.Int, Help: "connections without a request that were closed for others"},
			{Name: "requestless", Type: nodes.Int, Help: "connections that ended without a whole request: silent, too slow, too long, or not HTTP"},
		},
		Run: serve,
	}
}

// Bounds of one connection.
const (
	headerTime = 5 * time.Second // a request's header may take so long
	maxHeader  = 16 << 10        // bytes
	maxEvents  = 1000
	farewell   = 300 * time.Millisecond // answers under way may take so long when the server ends
)

// server is one run of `web serve`.
type server struct {
	call  *nodes.Call
	files http.Handler
	door  *door

	answering gate

	requests, bytes, cut, told atomic.Int64
	requestless                stream.Counter
}

func serve(ctx context.Context, call *nodes.Call) error {
	dir := call.Arg("DIR")
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	listener, err := stream.Listen(call.Int("port"))
	if err != nil {
		return err
	}
	s := &server{call: call, files: newFiles(root), door: newDoor(ctx, listener, call)}
	call.Ready(nodes.Values{"address": listener.Addr().String(), "port": listener.Addr().(*net.TCPAddr).Port})
	err = s.run(ctx)
	call.Result(nodes.Values{
		"requests": s.requests.Load(), "bytes": s.bytes.Load(), "cut": s.cut.Load(), "refused": s.door.refused.Load(),
		"evicted": s.door.house.Evicted(), "requestless": s.requestless.Load(),
	})
	return err
}

// run serves until ctx ends, and returns when the last connection is closed.
func (s *server) run(ctx context.Context) error {
	web := &http.Server{
		Handler: s, DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout: headerTime, MaxHeaderBytes: maxHeader, IdleTimeout: s.call.Duration("idle"),
		ConnContext: withConn, ConnState: s.watch,
		ErrorLog: log.New(io.Discard, "", 0), // what strangers send must not fill the log
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(s.door) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if web.Shutdown(stopping) != nil {
		_ = web.Close() // what a client does not take in time it does not get
	}
	<-ended
	s.door.empty()
	s.answering.close() // the result is the last event
	return nil
}

// ServeHTTP answers one request, and counts it.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.answering.enter() {
		return
	}
	defer s.answering.leave()
	asked(r)
	if r.ContentLength != 0 { // net/http waits for the rest of a body that nobody reads
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(headerTime))
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	m := &meter{ResponseWriter: w}
	defer s.count(m, r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		m.Header().Set("Allow", "GET, HEAD")
		http.Error(m, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	s.files.ServeHTTP(m, r)
}

func (s *server) count(m *meter, r *http.Request) {
	s.requests.Add(1)
	s.bytes.Add(m.bytes)
	if m.failed {
		s.cut.Add(1)
	}
	if s.told.Add(1) > maxEvents {
		return
	}
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	s.call.Event("request", nodes.Values{
		"from": from, "method": short(r.Method), "path": short(r.URL.Path), "status": m.status, "bytes": m.bytes,
	})
}

// short bounds what a stranger has typed.
func short(text string) string {
	const most = 256
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// meter sees what an answer is. It hides that the connection could send a file by itself, which would
// count for nothing.
type meter struct {
	http.ResponseWriter
	status int
	bytes  int64
	failed bool
}

func (m *meter) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(b)
	m.bytes += int64(n)
	m.failed = m.failed || err != nil
	return n, err
}
