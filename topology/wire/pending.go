package wire

// pending is a frame under way.
type pending struct {
	due    instant
	order  int64 // among those due at the same time
	lane   *lane
	frame  []byte // with its offload header; from the pump's store
	owner  *flow  // of a packet that is to be overtaken: whose next packet it waits for
	number uint64 // of that packet in its flow
	index  int    // in the heap
}

// pendingHeap is a binary heap, the frame that is due first at the top.
type pendingHeap []*pending

func (h pendingHeap) less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].order < h[j].order
}

func (h pendingHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *pendingHeap) push(p *pending) {
	p.index = len(*h)
	*h = append(*h, p)
	h.up(p.index)
}

// pop takes the first one out.
func (h *pendingHeap) pop() *pending {
	all := *h
	first := all[0]
	all.swap(0, len(all)-1)
	all[len(all)-1] = nil
	*h = all[:len(all)-1]
	h.down(0)
	return first
}

// moved puts one at its place again, whose time has changed.
func (h *pendingHeap) moved(p *pending) {
	h.up(p.index)
	h.down(p.index)
}

// rebuild puts all at their places again, of which the times have changed.
func (h pendingHeap) rebuild() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

func (h pendingHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h pendingHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
