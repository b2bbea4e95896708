//go:build !linux

package wire

// lane is a direction of a link where there is none: wires need Linux, what is decided upon packets
// does not.
type lane struct{}
