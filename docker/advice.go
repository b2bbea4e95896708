package docker

import (
	"context"
	"fmt"
	"slices"
)

// Advice says what stands in the way of some scenarios on an engine that works: the
// subnets of other Docker networks, and of the machine.
func (d *Driver) Advice(ctx context.Context) []string {
	e, err := connect(ctx)
	if err != nil {
		return nil
	}
	defer e.close()
	taken, err := e.claims(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	var lines []string
	for _, c := range taken {
		if c.kind == foreign || c.kind == machine && !isGateway(c, taken) {
			lines = append(lines, c.advice())
		}
	}
	return lines
}

// isGateway says whether an address of the machine is its end of a Docker network,
// which has been told already.
func isGateway(c claim, taken []claim) bool {
	return slices.ContainsFunc(taken, func(n claim) bool { return n.kind != machine && n.subnet.Overlaps(c.subnet) })
}

// advice is what a claim of somebody else's means for scenarios, and what to do.
func (c claim) advice() string {
	o := &Overlap{Segment: "the scenario's network", Network: c.holder}
	who := "Docker network " + c.holder
	if c.kind == machine {
		o.Network, o.Interface = "", c.holder
		who = "this machine's " + c.holder
	}
	return fmt.Sprintf("refuses scenario subnets that overlap %s (%s)\n  %s", c.subnet, who, o.Hint())
}
