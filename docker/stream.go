package docker

import (
	"io"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// stream is a container's, or an exec's, standard input and output over the engine's
// API. Standard error goes to a log.
//
//	Write ─► hijacked connection ─► stdin
//	Read  ◄─ pipe ◄─ stdcopy ◄──┬── stdout
//	log   ◄─────────────────────┴── stderr
type stream struct {
	connection client.HijackedResponse
	output     *io.PipeReader
	copied     sync.WaitGroup
}

func newStream(connection client.HijackedResponse, log io.Writer) *stream {
	out, in := io.Pipe()
	s := &stream{connection: connection, output: out}
	s.copied.Go(func() {
		_, err := stdcopy.StdCopy(in, log, connection.Reader)
		in.CloseWithError(err)
	})
	return s
}

func (s *stream) Read(p []byte) (int, error)  { return s.output.Read(p) }
func (s *stream) Write(p []byte) (int, error) { return s.connection.Conn.Write(p) }

// Close ends standard input too. It waits for the last of the output.
func (s *stream) Close() error {
	s.connection.Close()
	s.output.Close()
	s.copied.Wait()
	return nil
}

// lockedLog lets the streams of many nodes write to one log.
type lockedLog struct {
	mu  sync.Mutex
	out io.Writer
}

func newLog(out io.Writer) *lockedLog {
	if out == nil {
		out = io.Discard
	}
	return &lockedLog{out: out}
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}
