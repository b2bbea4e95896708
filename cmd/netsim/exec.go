package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"

	"netsim/nodes/agent"
	"netsim/topology"
)

// noProgram is the exit status of a command that there is none of, as shells have it.
const noProgram = 127

func execCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:      "exec",
		Usage:     "run a command on a node of a network that is up",
		ArgsUsage: "NODE -- COMMAND..",
		Description: "COMMAND is a program of netsim's (netsim node help lists them) or anything that the node has:\n" +
			"  netsim exec alice -- ping bob",
		Flags:        []cli.Flag{&cli.StringFlag{Name: "run", Usage: "of the network with this run or scenario `NAME`"}},
		BashComplete: completeNodes(t),
		Action: func(c *cli.Context) error {
			node, command := c.Args().First(), c.Args().Tail()
			if len(command) > 0 && command[0] == "--" {
				command = command[1:]
			}
			if node == "" || len(command) == 0 {
				return &status{wrongInput, errors.New("exec: a node and a command are needed\n  netsim exec alice -- ping bob")}
			}
			one, err := networkOf(c.Context, t, c.String("run"), node)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			defer context.AfterFunc(ctx, stop)() // a second Ctrl-C does not wait for the program
			return execOn(ctx, t, one, node, command)
		},
	}
}

// networkOf is the network that a command on a node means: the one named, or the only one with that node.
func networkOf(ctx context.Context, t terminal, run, node string) (found, error) {
	all, err := networks(ctx, t)
	if err != nil {
		return found{}, err
	}
	return pick(all.naming(run, node), run)
}

// naming narrows networks to those that have the node, unless one is named; to all where none
// has, so that the error can name what there is.
func (i inventory) naming(run, node string) inventory {
	if run != "" {
		return i
	}
	has := func(f found) bool { return slices.Contains(f.Nodes, node) }
	if slices.ContainsFunc(i.list, has) {
		i.list = slices.DeleteFunc(slices.Clone(i.list), func(f found) bool { return !has(f) })
	}
	return i
}

func execOn(ctx context.Context, t terminal, f found, node string, args []string) error {
	if !slices.Contains(f.Nodes, node) {
		return &status{wrongInput, fmt.Errorf("%s: there is no node %q\n  %s", f.Run, node, suggest(node, f.Nodes))}
	}
	world, err := f.driver.Open(ctx, f.Run)
	if err != nil {
		return err
	}
	defer world.Close()
	command := topology.Command{Program: programs().Program(args[0]) != nil, Args: args}
	if isTerminal(t.out) {
		command.Env = []string{peopleRead + "=1"}
	}
	p, err := world.Start(ctx, node, command)
	if errors.Is(err, agent.ErrNoProgram) {
		return &status{noProgram, fmt.Errorf("%w\n  netsim's own: %s", err, suggest(args[0], programs().Names()))}
	}
	if err != nil {
		return &status{cannotRun, err}
	}
	return attach(ctx, t, p, readsLines(programs(), args))
}

// attach carries our standard streams to a process on a node and back, until it ends,
// and gives its exit status on. A process that reads lines gets them from a line editor here.
func attach(ctx context.Context, t terminal, p topology.Process, lines bool) error {
	ctx, t, done := prompted(ctx, t, lines)
	defer done()
	defer context.AfterFunc(ctx, func() { p.Stop() })()
	go func() {
		io.Copy(p.Stdin(), t.in)
		p.Stdin().Close()
	}()
	var output sync.WaitGroup
	output.Go(func() { io.Copy(t.out, p.Stdout()) })
	output.Go(func() { io.Copy(t.err, p.Stderr()) })
	output.Wait()
	exit, err := p.Wait()
	if err != nil {
		return err
	}
	if exit.Code != 0 {
		return &status{exit.Code, nil}
	}
	return nil
}

// completeNodes completes a node, and then the programs that it can run.
func completeNodes(t terminal) cli.BashCompleteFunc {
	return func(c *cli.Context) {
		if c.NArg() > 0 {
			fmt.Fprintln(t.out, strings.Join(programs().Names(), "\n"))
			return
		}
		all, err := networks(c.Context, t)
		if err != nil {
			return
		}
		var nodes []string
		for _, f := range all.list {
			nodes = append(nodes, f.Nodes...)
		}
		slices.Sort(nodes)
		fmt.Fprintln(t.out, strings.Join(slices.Compact(nodes), "\n"))
	}
}

// completeRuns completes the names of networks that are up.
func completeRuns(t terminal) cli.BashCompleteFunc {
	return func(c *cli.Context) {
		if c.NArg() > 0 {
			return
		}
		if all, err := networks(c.Context, t); err == nil {
			fmt.Fprintln(t.out, strings.Join(runNames(all.list), "\n"))
		}
	}
}
