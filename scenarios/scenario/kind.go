package scenario

import "netsim/nodes"

// kind is what an expression's value is, with its dimension: seconds are never compared
// with percentages.
type kind struct {
	base   base
	elem   *kind         // of a list
	fields []nodes.Field // of an object
	open   bool          // an object of which any field may be asked
	zero   bool          // the number 0, which has any dimension
}

type base string

const (
	anything  base = "anything" // a mistake was reported already, or nothing is known
	baseBool  base = "a truth value"
	baseText  base = "a text"
	basePlain base = "a plain number" // literal, or a count divided by a count
	baseCount base = "a count"
	baseRatio base = "a ratio"
	baseTime  base = "a duration"
	baseSize  base = "a size"
	baseRate  base = "a rate"
	baseList  base = "a list"
	baseObj   base = "an object"
)

func of(b base) kind { return kind{base: b} }

func listOf(elem kind) kind { return kind{base: baseList, elem: &elem} }

// kindOfField is the kind of a field of an event.
func kindOfField(f nodes.Field) kind {
	switch f.Type {
	case nodes.Int:
		return of(baseCount)
	case nodes.Bool:
		return of(baseBool)
	case nodes.Duration:
		return of(baseTime)
	case nodes.Ratio:
		return of(baseRatio)
	case nodes.Size:
		return of(baseSize)
	case nodes.Rate:
		return of(baseRate)
	case nodes.Texts:
		return listOf(of(baseText))
	case nodes.Ints:
		return listOf(of(baseCount))
	case nodes.Object:
		return kind{base: baseObj, fields: f.Fields}
	case nodes.Objects:
		return listOf(kind{base: baseObj, fields: f.Fields})
	}
	return of(baseText)
}

func (k kind) isNumber() bool {
	switch k.base {
	case basePlain, baseCount, baseRatio, baseTime, baseSize, baseRate, anything:
		return true
	}
	return false
}

// typed says how a value of the kind is written, for hints.
func (k kind) typed() string {
	switch k.base {
	case baseTime:
		return "write a duration with its unit: 40ms, 2s"
	case baseRatio:
		return "write a ratio as 10% or 0.1"
	case baseSize:
		return "write a size as 1500, 10MB or 1MiB"
	case baseRate:
		return "write a rate with its unit: 10mbit"
	case baseText:
		return `write a text in quotes: "gw"`
	case baseList:
		return `write a list in brackets: ["gw", "carol"]`
	case baseBool:
		return "write true or false"
	}
	return ""
}

// fits says whether two kinds can be compared, added and mixed in a list.
func (k kind) fits(other kind) bool {
	a, b := k, other
	switch {
	case a.base == anything || b.base == anything:
		return true
	case a.isNumber() && b.isNumber() && (a.zero || b.zero):
		return true
	case a.base == baseList && b.base == baseList:
		return a.elem.fits(*b.elem)
	case a.base == b.base:
		return true
	}
	return joins(a.base, b.base) || joins(b.base, a.base)
}

// joins are the different kinds of numbers that go together.
func joins(a, b base) bool {
	switch a {
	case basePlain:
		return b == baseCount || b == baseRatio || b == baseSize
	case baseCount:
		return b == baseSize
	}
	return false
}

// stronger is the kind of a sum: the one with a dimension.
func (k kind) stronger(other kind) kind {
	if k.base == anything || k.zero || k.base == basePlain || k.base == baseCount && other.base == baseSize {
		return other
	}
	return k
}
