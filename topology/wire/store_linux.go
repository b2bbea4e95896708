package wire

// store keeps buffers for frames under way, in a few sizes, so that they need not be made anew.
type store struct {
	free [len(sizes)][][]byte
	used int // bytes of buffers that are out
}

// sizes of buffers: of what speaks little, of an Ethernet frame, of a jumbo frame, of a super-packet.
var sizes = [...]int{256, 2 << 10, 10 << 10, bufferSize}

const (
	maxFree = 8 << 20   // bytes of one size that wait for use
	maxUsed = 512 << 20 // bytes under way on all wires of a process
)

// get returns an empty buffer with room for n bytes, or nil where too many are under way.
func (s *store) get(n int) []byte {
	i := classOf(n)
	if s.used+sizes[i] > maxUsed {
		return nil
	}
	s.used += sizes[i]
	if last := len(s.free[i]) - 1; last >= 0 {
		b := s.free[i][last]
		s.free[i] = s.free[i][:last]
		return b[:0]
	}
	return make([]byte, 0, sizes[i])
}

func (s *store) put(b []byte) {
	s.used -= cap(b)
	if i := classOf(cap(b)); len(s.free[i])*sizes[i] < maxFree {
		s.free[i] = append(s.free[i], b)
	}
}

func classOf(n int) int {
	for i, size := range sizes {
		if n <= size {
			return i
		}
	}
	return len(sizes) - 1
}
