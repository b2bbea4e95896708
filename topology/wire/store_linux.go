package wire

// store keeps buffers for frames under way, in two sizes, so that they need not be made anew.
type store struct {
	small, large [][]byte
	used         int // bytes of buffers that are out
}

const (
	smallSize = 2 << 10
	maxKept   = 4096      // small buffers that wait for use
	maxUsed   = 256 << 20 // bytes under way
)

// get returns an empty buffer with room for n bytes, or nil where too many are under way.
func (s *store) get(n int) []byte {
	free, size := &s.small, smallSize
	if n > smallSize {
		free, size = &s.large, bufferSize
	}
	if s.used+size > maxUsed {
		return nil
	}
	s.used += size
	if last := len(*free) - 1; last >= 0 {
		b := (*free)[last]
		*free = (*free)[:last]
		return b[:0]
	}
	return make([]byte, 0, size)
}

func (s *store) put(b []byte) {
	s.used -= cap(b)
	switch {
	case cap(b) == smallSize && len(s.small) < maxKept:
		s.small = append(s.small, b)
	case cap(b) == bufferSize && len(s.large) < maxKept/32:
		s.large = append(s.large, b)
	}
}
