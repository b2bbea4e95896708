package native

import "netsim/topology"

// Able refuses a plan with a container image: namespaces share the machine's own files. The error is
// *topology.Unavailable.
func (d *Driver) Able(p *topology.Plan) error {
	n := p.WithImage()
	if n == nil {
		return nil
	}
	return &topology.Unavailable{
		Reason: n.Name + " runs the image " + n.Image + ", which needs Docker",
		Hint:   "it runs where a Docker engine answers; here a program of this machine can be the host's: start: NAME with exec: [..]",
	}
}
