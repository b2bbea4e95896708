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

// watchTick is how soon the end of a context is noticed.
const watchTick = 50 * time.Millisecond

// fan has the sockets that send.
type fan struct {
	main int // the socket's descriptor

	mu      sync.Mutex
	outlets map[netip.Addr]*Outlet
	made    uint32 // outlets, ever
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
	return icmp.WatchErrors(f.main)
}

func (f *Fan) newOutlet() (*Outlet, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, outletBuffer),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT), // a router on a smaller link cuts, and nothing is lost
		f.bind(fd),
	)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &Outlet{fan: f, fd: fd}, nil
}

// bind binds an outlet to the socket's port on a loopback address of its own: nothing comes there, and
// what it sends carries the address that was asked (IP_PKTINFO, ip(7)). The socket has all
// addresses of the port and shares it for this moment only: else anybody could have it, too.
func (f *Fan) bind(fd int) error {
	f.made++
	own := [4]byte{127, 128 | byte(f.made>>16), byte(f.made >> 8), byte(f.made)}
	share := func(yes int) error { return unix.SetsockoptInt(f.main, unix.SOL_SOCKET, unix.SO_REUSEADDR, yes) }
	err := errors.Join(share(1), unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1))
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Port: f.socket.Port(), Addr: own})
	}
	return errors.Join(err, share(0))
}

// Close ends the fan and its outlets; its socket stays open.
func (f *Fan) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.outlets {
		o.shut()
	}
	f.outlets = nil
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
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOBUFS) {
		return ErrFull
	}
	return err
}

// Watch tells of peers that cannot be reached, until ctx ends. It is called once, and ends
// before the socket is closed. What ICMP says comes to the socket that has the source address
// of the datagram in question: the first one.
func (f *Fan) Watch(ctx context.Context, tell func(Unreachable)) {
	polled := []unix.PollFd{{Fd: int32(f.main)}} // errors are told unasked
	for ctx.Err() == nil {
		if _, err := unix.Poll(polled, int(watchTick.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		for r, ok := icmp.ReadReport(f.main); ok; r, ok = icmp.ReadReport(f.main) {
			tell(Unreachable{r.To, r.Word()})
		}
	}
}
