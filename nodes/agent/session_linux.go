package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"netsim/topology"
)

// session is one client at a server.
type session struct {
	conn     *conn
	machine  Machine
	children *children
	lease    time.Duration
	owner    bool // may do all; others are guests
	work     sync.WaitGroup

	mu       sync.Mutex
	kept     bool
	programs map[uint64]*program

	telling sync.Mutex
	untold  []topology.Fault // of which an earlier answer has said that there are more
}

// serve handles what comes, and cleans up once nothing comes any more.
func (s *session) serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.conn.hangUp)
	defer stop()
	calls, cancel := context.WithCancel(ctx)
	defer cancel()
	err := s.listen(calls)
	s.conn.close()
	if s.isKept() {
		s.each((*program).detach)
		<-ctx.Done()
	}
	cancel()
	s.each((*program).kill)
	s.work.Wait()
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return err
}

// listen ends with the stream, or when nothing has come for the time of the lease.
func (s *session) listen(ctx context.Context) error {
	lease := time.AfterFunc(s.lease, s.conn.hangUp)
	defer lease.Stop()
	for {
		m, err := s.conn.receive()
		if err != nil {
			return err
		}
		lease.Reset(s.lease)
		if err := s.handle(ctx, m); err != nil {
			return err
		}
	}
}

// handle does what a message asks for. An error ends the session: the client does not
// keep to the protocol.
func (s *session) handle(ctx context.Context, m message) error {
	switch m.Verb {
	case verbPing:
		s.conn.send(message{Verb: verbPong})
		return nil
	case verbConfigure:
		s.work.Go(func() { s.answer(m.ID, s.configure(ctx, m)) })
		return nil
	case verbKeep:
		s.answer(m.ID, s.keep())
		return nil
	case verbStart:
		if err := s.start(m); err != nil {
			s.answer(m.ID, err)
		}
		return nil
	case verbLink, verbLinks, verbFaults, verbPower:
		s.respond(m)
		return nil
	}
	p := s.program(m.ID)
	if p == nil {
		return nil // it has ended while the message was on its way
	}
	return p.handle(m)
}

func (s *session) answer(id uint64, err error) {
	m := message{Verb: verbOK, ID: id}
	if err != nil {
		m.Verb, m.Error = verbError, err.Error()
		if name := missing(""); errors.As(err, &name) {
			m.Missing = string(name)
		}
		if off := (*Off)(nil); errors.As(err, &off) {
			m.Node, m.Off = off.Node, off.Power
		}
	}
	s.conn.send(m)
}

var errGuest = errors.New("agent: only the stream of the network's owner may do this")

func (s *session) configure(ctx context.Context, m message) error {
	switch {
	case !s.owner:
		return errGuest
	case m.Setup == nil:
		return errors.New("agent: configure without a setup")
	}
	return s.machine.Configure(ctx, *m.Setup)
}

func (s *session) keep() error {
	if !s.owner {
		return errGuest
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = true
	return nil
}

// start answers before the program's first output can.
func (s *session) start(m message) error {
	if m.Command == nil || len(m.Command.Args) == 0 {
		return errors.New("agent: start without a command")
	}
	if s.program(m.ID) != nil {
		return fmt.Errorf("agent: %d is started already", m.ID)
	}
	p, err := s.launch(m.ID, m.Node, *m.Command)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.programs[m.ID] = p
	s.mu.Unlock()
	s.answer(m.ID, nil)
	s.work.Go(func() {
		exit := p.run()
		s.mu.Lock()
		delete(s.programs, m.ID)
		s.mu.Unlock()
		s.conn.send(message{Verb: verbExit, ID: m.ID, Exit: &exit})
	})
	return nil
}

func (s *session) program(id uint64) *program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.programs[id]
}

func (s *session) isKept() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept
}

func (s *session) each(do func(*program)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.programs {
		do(p)
	}
}
