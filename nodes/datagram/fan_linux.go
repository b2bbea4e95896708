package datagram

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes/icmp"
)

// outletBuffer is what the kernel keeps for one address, in bytes; it takes twice that, for
// its own book-keeping.
const outletBuffer = 64 << 10

// watchTick is how soon the end of a context is noticed, and what the kernel told the receiving
// socket.
const watchTick = 50 * time.Millisecond

// fan has the sockets that send.
type fan struct {
	main int // the socket's descriptor
	poll int // epoll of all error queues

	mu      sync.Mutex
	outlets map[netip.Addr]*Outlet
	first   *Outlet // never sends; the sockets of a port are a group only from the second one on
}

// Outlet is the socket of one address.
type Outlet struct {
	fan   *Fan
	addr  netip.Addr
	users int // Opens that have not been closed; the fan's

	mu sync.Mutex // nobody sends by a descriptor that is closed meanwhile, and may be another's by then
	fd int        // -1: closed
}

func (f *Fan) open() (err error) {
	f.outlets = map[netip.Addr]*Outlet{}
	if f.main, err = f.socket.FD(); err != nil {
		return err
	}
	if f.poll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	// Not before it is bound: so the port was nobody else's.
	err = errors.Join(unix.SetsockoptInt(f.main, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1), icmp.WatchErrors(f.main))
	if err == nil {
		f.first, err = f.newOutlet()
	}
	if err == nil {
		err = f.receiveOnly(f.main)
	}
	if err != nil {
		f.Close()
	}
	return err
}

// receiveOnly makes what comes to the port come to the group's first socket, which is the one that
// was bound first: BPF_RET with 0.
func (f *Fan) receiveOnly(fd int) error {
	program := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &unix.SockFprog{Len: 1, Filter: &program[0]})
}

func (f *Fan) newOutlet() (*Outlet, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, outletBuffer),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT), // a router on a smaller link cuts, and nothing is lost
		icmp.WatchErrors(fd),
		unix.Bind(fd, &unix.SockaddrInet4{Port: f.socket.Port()}),
		unix.EpollCtl(f.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Fd: int32(fd)}), // errors are told unasked
	)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &Outlet{fan: f, fd: fd}, nil
}

// Close ends the fan and its outlets; its socket stays open.
func (f *Fan) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.outlets {
		o.shut()
	}
	if f.first != nil {
		f.first.shut()
	}
	f.outlets, f.first = nil, nil
	unix.Close(f.poll)
}

// Open is the outlet to an address. Each Open is followed by a Close of the outlet.
func (f *Fan) Open(a netip.Addr) (*Outlet, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.outlets[a]
	if o == nil {
		var err error
		if o, err = f.newOutlet(); err != nil {
			return nil, err
		}
		o.addr = a
		f.outlets[a] = o
	}
	o.users++
	return o, nil
}

// Close undoes an Open.
func (o *Outlet) Close() {
	o.fan.mu.Lock()
	defer o.fan.mu.Unlock()
	if o.users--; o.users == 0 {
		delete(o.fan.outlets, o.addr)
		o.shut()
	}
}

func (o *Outlet) shut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fd >= 0 {
		unix.Close(o.fd)
	}
	o.fd = -1
}

// Send sends a datagram back to where another came from. It never waits. Errors are ErrFull,
// net.ErrClosed and the system call's.
func (o *Outlet) Send(b []byte, to Origin) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fd < 0 {
		return net.ErrClosed
	}
	err := ReplyFrom(o.fd, b, to)
	if err != nil && !isFull(err) { // of an earlier datagram, and is on the error queue, too; taken off the socket with this call
		err = ReplyFrom(o.fd, b, to)
	}
	if isFull(err) {
		return ErrFull
	}
	return err
}

func isFull(err error) bool { return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOBUFS) }

// Watch tells of peers that cannot be reached, until ctx ends. It is called once, and ends
// before Close.
func (f *Fan) Watch(ctx context.Context, tell func(Unreachable)) {
	events := make([]unix.EpollEvent, 64)
	for ctx.Err() == nil {
		n, err := unix.EpollWait(f.poll, events, int(watchTick.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		for _, u := range f.reports(events[:max(n, 0)]) {
			tell(u)
		}
	}
}

// reports reads the error queues that have something, and the receiving socket's: the kernel
// puts an error on the queue of any socket of the port.
func (f *Fan) reports(events []unix.EpollEvent) (all []Unreachable) {
	f.mu.Lock() // nothing is closed meanwhile, and no number of a descriptor used again
	defer f.mu.Unlock()
	queues := []int{f.main}
	for _, e := range events {
		queues = append(queues, int(e.Fd))
	}
	for _, fd := range queues {
		for r, ok := icmp.ReadReport(fd); ok; r, ok = icmp.ReadReport(fd) {
			all = append(all, Unreachable{r.To, r.Word()})
		}
	}
	return all
}
