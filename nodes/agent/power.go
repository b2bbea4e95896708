package agent

import (
	"fmt"
	"sync"

	"netsim/topology"
)

// Off is why nothing can be started on a node.
type Off struct {
	Node  string
	Power topology.Power // what was done to it: kill or pause
}

func (o *Off) Error() string {
	if o.Power == topology.PowerPause {
		return fmt.Sprintf("%s is paused; resume: %s lets it go on", o.Node, o.Node)
	}
	return fmt.Sprintf("%s is switched off (%s); restart: %s brings it back", o.Node, o.Power, o.Node)
}

// Killed says whether the node is without power; a nil Off is none.
func (o *Off) Killed() bool { return o != nil && o.Power == topology.PowerKill }

// Switch is a node's power switch. The zero value is on.
type Switch struct {
	mu    sync.RWMutex
	state topology.Power // "", kill or pause
}

// Plant is what the switch of a node works on.
type Plant interface {
	Cut() error     // as a power cut, also where it is paused
	Restore() error // after a cut
	Freeze() error
	Thaw() error
}

// While calls do with the switch as it is: it is not turned meanwhile. Off is nil where the node
// is on.
func (s *Switch) While(node string, do func(off *Off) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.state == "" {
		return do(nil)
	}
	return do(&Off{node, s.state})
}

// WhenOn is While for what works only where the node is on; do may be nil.
func (s *Switch) WhenOn(node string, do func() error) error {
	return s.While(node, func(off *Off) error {
		switch {
		case off != nil:
			return off
		case do == nil:
			return nil
		}
		return do()
	})
}

// Turn does what is asked. What is so already is not done again; but a restart is also for a node that is on.
func (s *Switch) Turn(node string, p topology.Power, plant Plant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch p {
	case topology.PowerKill:
		return s.cut(plant)
	case topology.PowerRestart:
		return s.restart(plant)
	case topology.PowerPause, topology.PowerResume:
		if s.state == topology.PowerKill {
			return &Off{node, s.state}
		}
		return s.halt(p == topology.PowerPause, plant)
	}
	return fmt.Errorf("agent: unknown power %q", p)
}

// cut leaves a node off also when something of it went wrong.
func (s *Switch) cut(plant Plant) error {
	if s.state == topology.PowerKill {
		return nil
	}
	s.state = topology.PowerKill
	return plant.Cut()
}

func (s *Switch) restart(plant Plant) error {
	if err := s.cut(plant); err != nil {
		return err
	}
	if err := plant.Restore(); err != nil {
		return err
	}
	s.state = ""
	return nil
}

func (s *Switch) halt(on bool, plant Plant) error {
	switch halted := s.state == topology.PowerPause; {
	case on == halted:
		return nil
	case on:
		s.state = topology.PowerPause
		return plant.Freeze()
	}
	if err := plant.Thaw(); err != nil {
		return err
	}
	s.state = ""
	return nil
}
