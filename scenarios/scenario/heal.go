package scenario

import (
	"context"
	"fmt"
)

// heal is `heal: all`: the partition ends.
type heal struct{}

func readHeal(s *stepReader) action {
	if text, ok := s.text(s.value, "heal"); ok && text != "all" {
		s.wrong(s.value, fmt.Sprintf("heal: unknown value %q", text), "heal: all; partition: [[..], [..]] makes another partition in place of the one before")
	}
	return heal{}
}

func (heal) String() string    { return "heal all" }
func (heal) result() signature { return signature{} }
func (heal) wants() string     { return "the partition ends" }

func (heal) do(ctx context.Context, r *runner, _ *Step) Record {
	return problemOf(r.cabling.divide(ctx, nil))
}
