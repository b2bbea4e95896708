package docker

import (
	"context"
	"fmt"
	"io"

	"netsim/topology"
)

// DefaultWidth is how many containers are made at a time: starting one keeps a core or two
// busy, and more at a time only make each of them wait.
const DefaultWidth = 8

// Driver is the topology.Driver and the topology.Registry of a Docker Engine. The zero
// value works.
type Driver struct {
	Executable string    // the Linux executable that the image is made of; "" is the running one
	Log        io.Writer // takes what agents say on standard error; nil: nobody
	Width      int       // containers made at a time; 0 is DefaultWidth
}

var (
	_ topology.Driver   = (*Driver)(nil)
	_ topology.Registry = (*Driver)(nil)
)

// Name is the word that --driver takes.
func (d *Driver) Name() string { return "docker" }

// Ready is nil where an engine answers, and a *topology.Unavailable with the reason where none
// does, within three seconds.
func (d *Driver) Ready(ctx context.Context) error { return probe(ctx) }

// Able is nil: this driver can make whatever a plan asks for.
func (d *Driver) Able(*topology.Plan) error { return nil }

// Up builds the network or, with an error, nothing. Errors are *topology.Unavailable, *Overlap, ctx's,
// or the engine's with the network or node that it was about.
func (d *Driver) Up(ctx context.Context, run topology.Run) (topology.World, error) {
	if !validRun(run.ID) {
		return nil, fmt.Errorf("docker: a run's id is letters, digits and hyphens, not %q", run.ID)
	}
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	b := d.newBuilding(e, run)
	err = b.build(ctx)
	if ctx.Err() != nil { // also when it ended with the last of the work
		err = ctx.Err()
	}
	if err != nil {
		b.tearDown()
		return nil, err
	}
	return b.world, nil
}

// building is a network on its way up.
type building struct {
	engine  *engine
	run     topology.Run
	tag     tag
	file    string
	image   string
	width   int
	log     *lockedLog
	names   *topology.Oracle
	ledgers map[string]ledger // by segment
	world   *world
}

func (d *Driver) newBuilding(e *engine, run topology.Run) *building {
	b := &building{
		engine:  e,
		run:     run,
		tag:     tag{run: run.ID, scenario: run.Plan.Name, owner: thisProcess()},
		file:    d.Executable,
		width:   d.Width,
		log:     newLog(d.Log),
		names:   topology.NewOracle(run.Plan),
		ledgers: map[string]ledger{},
	}
	if b.width == 0 {
		b.width = DefaultWidth
	}
	b.world = newWorld(e, b.tag, run.Plan)
	return b
}

func (b *building) build(ctx context.Context) (err error) {
	b.tell(topology.Progress{Phase: "image", Total: 1})
	if b.image, err = b.engine.ensureImage(ctx, b.file); err != nil {
		return err
	}
	if err := b.ensureUserImages(ctx); err != nil {
		return err
	}
	b.tell(topology.Progress{Phase: "image", Done: 1, Total: 1})
	calls, cancel := uninterrupted(ctx)
	defer cancel()
	if err := b.engine.mark(calls, b.tag, begunMark, labelBegun); err != nil {
		return fmt.Errorf("marking the run as begun: %w", err)
	}
	if err := b.createNetworks(ctx); err != nil {
		return err
	}
	return b.createNodes(ctx)
}

// tearDown removes what was made so far. What will not go is left to a sweep: the error
// that led here is the one to tell.
func (b *building) tearDown() { _ = b.world.Close() }

func (b *building) tell(p topology.Progress) {
	if b.run.Progress != nil {
		b.run.Progress(p)
	}
}
