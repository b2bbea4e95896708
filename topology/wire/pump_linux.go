package wire

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// pump carries frames through all wires of a process, on one thread.
//
//	packet sockets ─► take ─► ready ──────────────► sent
//	                    └──► heap ─► timer ─► due ──┘
//	calls ─► woken ─► done on that thread, so that nothing of a wire needs a lock
type pump struct {
	epoll, timer, wake int
	base               time.Time
	now                instant
	armed              instant // when the timer goes off; 0: it does not
	heap               pendingHeap
	last, front        int64 // order of the frames in the heap: of the latest, and of those that were put back
	store              store
	vector             vector
	buffers            [][]byte
	lanes              map[int32]*lane // by receiver
	budget             int             // numbers that may still be written down

	mu     sync.Mutex
	calls  []func()
	closed bool
	ended  chan struct{}
}

var errClosed = errors.New("the wires are gone")

// newPump starts the thread.
func newPump() (*pump, error) {
	p := &pump{epoll: -1, timer: -1, wake: -1, base: time.Now(), lanes: map[int32]*lane{}, budget: maxRecorded, ended: make(chan struct{})}
	if err := p.open(); err != nil {
		p.closeFiles()
		return nil, fmt.Errorf("the thread of the wires: %w", err)
	}
	memory := make([]byte, batch*bufferSize) // pages come into being when frames need them
	for i := range batch {
		p.buffers = append(p.buffers, memory[i*bufferSize:(i+1)*bufferSize:(i+1)*bufferSize])
	}
	go p.run()
	return p, nil
}

func (p *pump) open() (err error) {
	if p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if p.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	if p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	return errors.Join(p.watch(p.timer), p.watch(p.wake))
}

func (p *pump) watch(fd int) error {
	return unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (p *pump) closeFiles() {
	for _, fd := range []int{p.epoll, p.timer, p.wake} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// do calls a function on the pump's thread and returns when it has returned.
func (p *pump) do(call func()) error {
	done := make(chan struct{})
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return errClosed
	}
	p.calls = append(p.calls, func() { call(); close(done) })
	p.mu.Unlock()
	p.rouse()
	select {
	case <-done:
		return nil
	case <-p.ended: // it may have been the last thing done
	}
	select {
	case <-done:
		return nil
	default:
		return errClosed
	}
}

// call is do for what can go wrong.
func (p *pump) call(call func() error) error {
	var err error
	return errors.Join(p.do(func() { err = call() }), err)
}

func (p *pump) rouse() { _, _ = unix.Write(p.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// close ends the thread. Frames under way are lost.
func (p *pump) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.rouse()
	<-p.ended
}

// run never unlocks its thread, which may be in another network namespace: Go ends it with the function.
func (p *pump) run() {
	runtime.LockOSThread()
	defer close(p.ended)
	defer p.closeFiles()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	events := make([]unix.EpollEvent, 64)
	for p.obey() {
		p.arm()
		n, err := unix.EpollWait(p.epoll, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		p.look()
		for _, e := range events[:max(n, 0)] {
			p.handle(e.Fd)
		}
		p.release()
	}
}

// arm sets the timer for the frame that is due first.
func (p *pump) arm() {
	if len(p.heap) == 0 || p.heap[0].due == p.armed {
		return
	}
	p.look()
	p.armed = p.heap[0].due
	wait := unix.NsecToTimespec(int64(max(1, p.armed-p.now)))
	_ = unix.TimerfdSettime(p.timer, 0, &unix.ItimerSpec{Value: wait}, nil)
}

// obey does the calls that wait. It returns false when the pump is closed.
func (p *pump) obey() bool {
	p.mu.Lock()
	calls := p.calls
	closed := p.closed
	p.calls = nil
	p.mu.Unlock()
	for _, call := range calls {
		call()
	}
	return !closed
}

// look looks at the clock.
func (p *pump) look() time.Time {
	now := time.Now()
	p.now = p.instant(now)
	return now
}

func (p *pump) instant(t time.Time) instant { return instant(t.Sub(p.base)) }

// number is the order of the next frame.
func (p *pump) number() int64 {
	p.last++
	return p.last
}

func (p *pump) handle(fd int32) {
	var count [8]byte
	switch l := p.lanes[fd]; {
	case l != nil:
		p.receive(l)
	case int(fd) == p.timer:
		p.armed = 0
		_, _ = unix.Read(int(fd), count[:])
	case int(fd) == p.wake:
		_, _ = unix.Read(int(fd), count[:])
	}
}

// receive takes what has come in at a lane, a batch at the most. It returns whether there may be more.
func (p *pump) receive(l *lane) bool {
	n, ok := p.vector.receive(l.receiver, p.buffers)
	if !ok {
		l.ledger.lost(flowKey{}, 1)
	}
	now := p.look()
	for i := range n {
		frame, stamp, whole := p.vector.frame(i, p.buffers[i])
		at := p.now - max(0, instant(now.Sub(stamp)))
		switch {
		case stamp.IsZero():
			at = p.now
		case p.now-at > instant(time.Second): // the clock was set
			at = p.now
		}
		switch {
		case !whole:
			l.ledger.lost(flowKey{}, 1)
		case at < l.since:
		case l.skip > 0:
			l.skip -= packetsIn(frame)
		case l.holding:
			l.keep(frame, at)
		default:
			l.take(frame, at)
		}
	}
	p.flush(l)
	return n == len(p.buffers)
}

// release sends what is due.
func (p *pump) release() {
	p.look()
	var l *lane
	for len(p.heap) > 0 && p.heap[0].due <= p.now {
		h := p.heap.pop()
		if h.due < h.lane.stalled {
			h.due = h.lane.stalled
			p.heap.push(h)
			continue
		}
		h.lane.pending--
		if h.owner != nil {
			h.owner.release(h)
		}
		if l != nil && (l != h.lane || len(l.ready) >= batch) {
			p.flush(l)
		}
		l = h.lane
		l.ready = append(l.ready, outgoing{h.frame, true})
	}
	if l != nil {
		p.flush(l)
	}
}
