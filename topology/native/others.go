//go:build !linux

package native

import (
	"context"
	"fmt"
	"os"

	"netsim/topology"
)

// Driver is as on Linux; here it is never ready.
type Driver struct{ Executable string }

var errNotLinux = &topology.Unavailable{Reason: "namespaces need Linux", Hint: "--driver docker works wherever Docker does"}

// Name is "native".
func (*Driver) Name() string { return "native" }

// Ready says that this is not Linux.
func (*Driver) Ready(context.Context) error { return errNotLinux }

// Able says that this is not Linux.
func (*Driver) Able(*topology.Plan) error { return errNotLinux }

// Up says that this is not Linux.
func (*Driver) Up(context.Context, topology.Run) (topology.World, error) { return nil, errNotLinux }

// List finds nothing.
func (*Driver) List(context.Context) ([]topology.Kept, error) { return nil, nil }

// Open says that this is not Linux.
func (*Driver) Open(context.Context, string) (topology.World, error) { return nil, errNotLinux }

// Down says that this is not Linux.
func (*Driver) Down(context.Context, string) error { return errNotLinux }

// Sweep has nothing to do.
func (*Driver) Sweep(context.Context) ([]string, error) { return nil, nil }

// Main says that this is not Linux.
func Main([]string) int {
	fmt.Fprintln(os.Stderr, errNotLinux)
	return 2
}
