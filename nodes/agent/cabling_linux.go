package agent

import (
	"errors"

	"netsim/topology"
)

var (
	errNotCabled  = errors.New("agent: this machine's links cannot be changed")
	errNotPowered = errors.New("agent: this machine's nodes cannot be switched off")
)

// respond does a call that may take a while, and whose answer may carry something.
func (s *session) respond(m message) {
	call := map[verb]func(message) (message, error){
		verbLink: s.link, verbLinks: s.links, verbFaults: s.faults, verbPower: s.power,
	}[m.Verb]
	s.work.Go(func() {
		answer, err := call(m)
		if err != nil {
			s.answer(m.ID, err)
			return
		}
		answer.Verb, answer.ID = verbOK, m.ID
		s.conn.send(answer)
	})
}

func (s *session) link(m message) (message, error) {
	c, ok := s.machine.(Cabled)
	switch {
	case !ok:
		return message{}, errNotCabled
	case m.Link == nil:
		return message{}, errors.New("agent: link without a link")
	}
	return message{}, c.SetLink(m.Node, m.Network, *m.Link)
}

func (s *session) links(m message) (message, error) {
	c, ok := s.machine.(Cabled)
	if !ok {
		return message{}, errNotCabled
	}
	all, err := c.Links(m.Node)
	return message{Links: all}, err
}

// faults answers with a round of those that were not told yet.
func (s *session) faults(message) (message, error) {
	c, ok := s.machine.(Cabled)
	switch {
	case !s.owner:
		return message{}, errGuest
	case !ok:
		return message{}, errNotCabled
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	var round []topology.Fault
	round, s.untold = cutRound(append(s.untold, c.Faults()...), faultRound)
	return message{Faults: round, More: len(s.untold) > 0}, nil
}

// Sizes in a line, at most, about: of a fault without its packets, and of a packet's number.
const (
	faultSize  = 512
	numberSize = 21
)

// cutRound parts faults so that the first take at most so many bytes of a line. It cuts a fault
// with too many packets in two.
func cutRound(all []topology.Fault, bytes int) (round, rest []topology.Fault) {
	for i, f := range all {
		bytes -= faultSize
		fit := max(bytes/numberSize, 0)
		switch {
		case bytes < 0, fit == 0 && len(f.Packets) > 0:
			return round, all[i:]
		case fit < len(f.Packets):
			head, tail := f, f
			head.Packets, head.More = f.Packets[:fit], 0
			tail.Packets = f.Packets[fit:]
			return append(round, head), append([]topology.Fault{tail}, all[i+1:]...)
		}
		bytes -= numberSize * len(f.Packets)
		round = append(round, f)
	}
	return round, nil
}

// power without a power only asks, which guests may do too.
func (s *session) power(m message) (message, error) {
	p, ok := s.machine.(Powered)
	switch {
	case !s.owner && m.Power != "":
		return message{}, errGuest
	case !ok && m.Power == "":
		return message{}, nil
	case !ok:
		return message{}, errNotPowered
	case m.Power == "":
		return message{}, p.On(m.Node)
	}
	return message{}, p.Power(m.Node, m.Power)
}
