package scenario

import (
	"context"
	"fmt"
	"time"
)

// wait is `wait: 2s`.
type wait struct{ time time.Duration }

func readWait(s *stepReader) action {
	d := s.duration(s.value, "wait")
	if d >= s.file.Timeout && s.file.Timeout > 0 {
		s.wrong(s.value, fmt.Sprintf("wait: %s is longer than the whole run may take", d), fmt.Sprintf("the timeout is %s: set a longer one at the top of the file", s.file.Timeout))
	}
	return &wait{d}
}

func (a *wait) String() string    { return "wait " + a.time.String() }
func (a *wait) result() signature { return signature{} }

func (a *wait) do(ctx context.Context, _ *runner, _ *Step) Record {
	t := time.NewTimer(a.time)
	defer t.Stop()
	select {
	case <-t.C:
		return Record{}
	case <-ctx.Done():
		return Record{Problem: because(ctx)}
	}
}
