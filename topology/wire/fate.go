package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"netsim/topology"
)

// purpose keeps the draws for one packet apart.
type purpose int

const (
	forLoss purpose = iota
	forBurst
	forBlock
	forDuplicate
	forReorder
	forCorrupt
	forBit
	forJitter
	purposes
)

// baseOf is the number that stands for seed, link and direction.
func baseOf(seed uint64, link string, d topology.Direction) uint64 {
	b := binary.BigEndian.AppendUint64(nil, seed)
	sum := sha256.Sum256(append(append(append(b, link...), 0), d...))
	return binary.BigEndian.Uint64(sum[:])
}

// drawKeys are a flow's own numbers, one a purpose, from which those of its packets follow.
func drawKeys(base uint64, identity flowKey, ordinal uint64) [purposes]uint64 {
	b := binary.BigEndian.AppendUint64(nil, base)
	b = binary.BigEndian.AppendUint64(b, ordinal)
	sum := sha256.Sum256(append(b, identity.bytes()...))
	first := binary.BigEndian.Uint64(sum[:])
	var keys [purposes]uint64
	for i := range keys {
		keys[i] = mix(first + uint64(i))
	}
	return keys
}

// mix is the finaliser of splitmix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw is the random number of packet n for a purpose.
func (f *flow) draw(p purpose, n uint64) uint64 { return mix(f.keys[p] + n*0x9e3779b97f4a7c15) }

// chance is draw as a number from 0 to below 1.
func (f *flow) chance(p purpose, n uint64) float64 { return float64(f.draw(p, n)>>11) / (1 << 53) }

// fate is what happens to one packet.
type fate struct {
	n         uint64         // its number in the flow
	lost      topology.Cause // "": it arrives
	duplicate bool
	reorder   bool // the next packet of its flow overtakes it
	corrupt   bool
	bit       uint64        // which one is flipped, modulo the bits that there are
	jitter    time.Duration // added to the delay
}

// plain says whether the packet just passes.
func (d *fate) plain() bool {
	return d.lost == "" && !d.duplicate && !d.reorder && !d.corrupt && d.jitter == 0
}

// next decides upon the next packet of a flow. The flow's state is a fold of its draws, so that
// the fate of packet n depends on n and nothing that happened meanwhile.
func (f *flow) next(i *topology.Impairment) fate {
	f.n++
	d := fate{n: f.n}
	dropped, lost := f.dropped(&i.Drop), f.lost(&i.Loss) // both: bursts go on meanwhile
	switch {
	case dropped:
		d.lost = topology.Dropped
	case lost:
		d.lost = topology.Lost
	}
	d.reorder = f.overtaken(i.Reorder) && d.lost == ""
	if d.lost != "" {
		return d
	}
	d.duplicate = i.Duplicate > 0 && f.chance(forDuplicate, f.n) < i.Duplicate
	if i.Corrupt > 0 && f.chance(forCorrupt, f.n) < i.Corrupt {
		d.corrupt, d.bit = true, f.draw(forBit, f.n)
	}
	if i.Jitter > 0 {
		d.jitter = time.Duration((2*f.chance(forJitter, f.n) - 1) * float64(i.Jitter))
	}
	return d
}

// dropped decides by number. `K of N` is selection sampling (Knuth, TAOCP 3.4.2, algorithm S): it goes
// through each block once and chooses exactly K, each choice equally likely.
func (f *flow) dropped(d *topology.Drop) bool {
	if d.Count == 0 {
		_, listed := slices.BinarySearch(d.Numbers, f.n)
		return listed
	}
	place := (f.n - 1) % uint64(d.Of)
	if place == 0 {
		f.chosen = 0
	}
	left := float64(d.Of) - float64(place)
	if f.chance(forBlock, f.n)*left >= float64(d.Count-f.chosen) {
		return false
	}
	f.chosen++
	return true
}

// lost decides at random: each packet by itself, or by Gilbert's model:
//
//	       p                  p = r·rate / (1 − rate), so that the share of bad packets is the rate
//	good ─────► bad           r = 1 / burst, so that a burst has that mean length
//	     ◄─────
//	       r
func (f *flow) lost(l *topology.Loss) bool {
	switch {
	case l.Rate <= 0:
		return false
	case l.Burst <= 1:
		return f.chance(forLoss, f.n) < l.Rate
	}
	u, leave := f.chance(forBurst, f.n), 1/l.Burst
	switch {
	case f.n == 1:
		f.bad = u < l.Rate
	case f.bad:
		f.bad = u >= leave
	default:
		f.bad = u < leave*l.Rate/(1-l.Rate)
	}
	return f.bad
}

// overtaken decides which packets the next one overtakes: never two in a row, which the draw makes up
// for, so that their share is the ratio.
func (f *flow) overtaken(ratio float64) bool {
	if ratio <= 0 {
		return false
	}
	f.reordered = !f.reordered && f.chance(forReorder, f.n) < ratio/(1-ratio)
	return f.reordered
}
