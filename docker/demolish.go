package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// selfEnd is how long containers may take to go by themselves once their agents know.
const selfEnd = 5 * time.Second

// demolish removes everything of a run, and looks again until there is nothing left. Let
// go, when it is not nil, makes the agents end, after which the engine removes their containers
// by itself: that is faster than to have it kill and remove each.
func (e *engine) demolish(ctx context.Context, run string, letGo func()) error {
	if letGo != nil {
		if err := e.letEnd(ctx, run, letGo); err != nil {
			return err
		}
	}
	for range 3 {
		s, err := e.whole(ctx, run)
		if s == nil || err != nil {
			return err
		}
		if err := e.remove(ctx, s); err != nil {
			return err
		}
	}
	return fmt.Errorf("run %s: somebody else goes on making parts of it", run)
}

// letEnd waits until the containers that run have gone, or selfEnd has passed.
func (e *engine) letEnd(ctx context.Context, run string, letGo func()) error {
	ctx, cancel := context.WithTimeout(ctx, selfEnd)
	defer cancel()
	destroyed := e.api.Events(ctx, client.EventsListOptions{
		Filters: ofRun(run).Add("type", string(events.ContainerEventType)).Add("event", string(events.ActionDestroy)),
	})
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{Filters: ofRun(run)})
	letGo()
	if err != nil {
		return fmt.Errorf("listing containers: %w", err)
	}
	going := map[string]bool{}
	for _, c := range list.Items {
		going[c.ID] = true
	}
	for len(going) > 0 {
		select {
		case m := <-destroyed.Messages:
			delete(going, m.Actor.ID)
		case <-destroyed.Err: // or the time is over: what is left is removed by force
			return nil
		}
	}
	return nil
}

// remove removes an estate; the marks last, so that what is kept and could not be
// removed still counts as kept. Networks that stay do not stop it.
func (e *engine) remove(ctx context.Context, s *estate) error {
	err := e.clear(ctx, s)
	if left := (*Leftover)(nil); err != nil && !errors.As(err, &left) {
		return err
	}
	return errors.Join(err, e.removeMarks(ctx, s))
}

// clear removes an estate's containers, and then the networks that they were on.
func (e *engine) clear(ctx context.Context, s *estate) error {
	var group errgroup.Group
	group.SetLimit(DefaultWidth)
	for _, c := range s.containers {
		group.Go(func() error { return e.removeContainer(ctx, c.ID) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var left []error
	for _, n := range s.networks {
		left = append(left, e.removeNetwork(ctx, n))
	}
	return errors.Join(left...)
}

func (e *engine) removeMarks(ctx context.Context, s *estate) error {
	for _, v := range s.marks {
		_, err := e.api.VolumeRemove(ctx, v, client.VolumeRemoveOptions{})
		if err != nil && !errdefs.IsNotFound(err) {
			return fmt.Errorf("volume %s: %w", v, err)
		}
	}
	return nil
}

// removeContainer returns when the container is gone, whoever removes it.
func (e *engine) removeContainer(ctx context.Context, id string) error {
	for {
		_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err == nil || errdefs.IsNotFound(err) {
			return nil
		}
		if !strings.Contains(err.Error(), "already in progress") {
			return fmt.Errorf("removing container %.12s: %w", id, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
