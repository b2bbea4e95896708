package wire

import (
	"errors"

	"netsim/topology"
)

// Panel is the links of some nodes, as a patch panel: it lays wires, changes them and tells what they
// have done. The zero value is empty. Its methods may be called from any goroutine.
type Panel struct{}

// Lay makes the panel know a node that is configured, and lays wires on those of its
// interfaces that are Wired, with their links as the plan has them.
func (p *Panel) Lay(at Place, seed uint64, node topology.Node) error { return errors.New("todo") }

// Set changes what a link does. Where there is no wire yet, one is laid while traffic flows.
func (p *Panel) Set(node, network string, l topology.Link) error { return errors.New("todo") }

// Links are the links of a node, in order of its interfaces.
func (p *Panel) Links(node string) ([]topology.LinkState, error) { return nil, errors.New("todo") }

// Faults are what links have done since the last call.
func (p *Panel) Faults() []topology.Fault { return nil }

// Close ends all wires.
func (p *Panel) Close() {}
