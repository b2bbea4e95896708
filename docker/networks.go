package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"netsim/topology"
)

// createNetworks makes the segments one by one: engines serialise it.
func (b *building) createNetworks(ctx context.Context) error {
	taken, err := b.engine.claims(ctx)
	if err != nil {
		return err
	}
	if err := preflight(b.run.Plan, taken); err != nil {
		return err
	}
	for i, s := range b.run.Plan.Segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		l, err := b.createNetwork(ctx, s, taken)
		if err != nil {
			return fmt.Errorf("network %s: %w", s.Name, err)
		}
		taken = append(taken, claim{subnet: l.subnet, kind: ours})
		b.ledgers[s.Name] = l
		b.tell(topology.Progress{Phase: "networks", Done: i + 1, Total: len(b.run.Plan.Segments)})
	}
	return nil
}

// maxTries is how many subnets are tried for one segment, when others make networks at
// the same time.
const maxTries = 20

func (b *building) createNetwork(ctx context.Context, s topology.Segment, taken []claim) (ledger, error) {
	on := members(b.run.Plan, s.Name)
	for range maxTries {
		l, err := b.chooseLedger(s, on, taken)
		if err != nil {
			return l, err
		}
		call, cancel := uninterrupted(ctx)
		_, err = b.engine.api.NetworkCreate(call, objectName(b.run.ID, s.Name), b.networkOptions(s, l))
		cancel()
		if err == nil || !strings.Contains(err.Error(), "overlap") {
			return l, err
		}
		fresh, err := b.engine.claims(ctx)
		if err != nil {
			return l, err
		}
		if err := preflight(b.run.Plan, fresh); err != nil {
			return l, err
		}
		taken = append(fresh, claim{subnet: l.subnet, kind: ours}) // whoever has it
	}
	return ledger{}, fmt.Errorf("%d subnets in turn were taken by others", maxTries)
}

// chooseLedger prefers the scenario's own subnet.
func (b *building) chooseLedger(s topology.Segment, on []member, taken []claim) (ledger, error) {
	if isFree(s.Subnet, taken) {
		if l, ok := truthful(s, on); ok {
			return l, nil
		}
	}
	usable := func(p netip.Prefix) bool {
		for _, own := range b.run.Plan.Segments {
			if own.Subnet.Overlaps(p) {
				return false
			}
		}
		return isFree(p, taken)
	}
	p, ok := standIns(objectName(b.run.ID, s.Name), len(on), usable)
	if !ok {
		return ledger{}, fmt.Errorf("no subnet left in %s for Docker's book-keeping; `docker network ls` shows who has them", standInPool())
	}
	return standIn(p, on), nil
}

// networkOptions: a bridge without an address of the machine, without address
// translation, and, where engines would drop frames that cross two bridges, without
// that protection (28.0 and later, API 1.48).
func (b *building) networkOptions(s topology.Segment, l ledger) client.NetworkCreateOptions {
	options := map[string]string{
		"com.docker.network.bridge.inhibit_ipv4":         "true",
		"com.docker.network.bridge.enable_ip_masquerade": "false",
		"com.docker.network.driver.mtu":                  strconv.Itoa(s.MTU),
	}
	if b.engine.atLeast("1.48") {
		options["com.docker.network.bridge.gateway_mode_ipv4"] = "nat-unprotected"
	}
	return client.NetworkCreateOptions{
		Driver:  "bridge",
		Options: options,
		Labels:  b.tag.labels(labelSegment, s.Name),
		IPAM: &network.IPAM{
			Driver: "default",
			Config: []network.IPAMConfig{{Subnet: l.subnet, Gateway: l.gateway}},
		},
	}
}

// Leftover is the error of a network that the engine does not let go; Sweep tries again.
type Leftover struct {
	Network string
	Err     error
}

func (l *Leftover) Error() string {
	return fmt.Sprintf("network %s stays until the next sweep: %v", l.Network, l.Err)
}

func (l *Leftover) Unwrap() error { return l.Err }

// removeNetwork waits a little for endpoints whose containers have just gone. It goes by the
// ID: an engine that has lost count of endpoints keeps a network for ever, and lets there be others of
// that name.
func (e *engine) removeNetwork(ctx context.Context, n network.Summary) error {
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		_, err := e.api.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		if err == nil || errdefs.IsNotFound(err) {
			return nil
		}
		if wait > 2*time.Second || !strings.Contains(err.Error(), "active endpoints") {
			return &Leftover{n.Name, err}
		}
		select {
		case <-ctx.Done():
			return &Leftover{n.Name, errors.Join(err, ctx.Err())}
		case <-time.After(wait):
		}
	}
}
