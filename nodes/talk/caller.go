package talk

import (
	"fmt"

	"netsim/nodes"
)

// caller is who talks with us: for programs its name alone, for people also its number where
// several may be here, since two of one host have the same name.
type caller struct {
	name   string
	number int // 1 is the first that came; 0 where there is one at a time
}

func (c caller) String() string { return c.name }

// shown is the caller as people read it.
func (c caller) shown() string {
	if c.number == 0 {
		return c.name
	}
	return fmt.Sprintf("%s (%d)", c.name, c.number)
}

// shown is the caller in a field of an event.
func shown(v nodes.Values, field string) string {
	if c, ok := v[field].(caller); ok {
		return c.shown()
	}
	return fmt.Sprint(v[field])
}
