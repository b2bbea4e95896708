package echo

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"netsim/nodes/datagram"
)

// loop is the event loop model: one thread, and one epoll descriptor that knows all the
// sockets and says which of them can do something without waiting.
//
//	epoll_wait ──► listener readable   accept
//	           ──► datagrams readable  receive, answer
//	           ──► client readable     read into its buffer      unless that is full
//	           ──► client writable     write from its buffer     unless that is empty
type loop struct {
	*server
	epoll    int
	listener int
	datagram int
	peers    map[int]*peer // by descriptor
	in       []byte
}

// peer is a TCP client in the loop.
type peer struct {
	fd     int
	from   string
	upper  upper
	out    []byte // to be written
	ended  bool   // it will send no more
	events uint32 // what epoll watches it for
	sent   int64
}

// full is when a client that does not read is not read from any more.
const full = 256 << 10

// tick is how soon the end of the context is noticed.
const tick = 50 * time.Millisecond

// loop serves until the context ends.
func (s *server) loop(ctx context.Context) error {
	l := &loop{server: s, peers: map[int]*peer{}, in: make([]byte, datagram.MaxSize)}
	if err := l.open(); err != nil {
		return err
	}
	defer l.close()
	events := make([]unix.EpollEvent, 128)
	for ctx.Err() == nil {
		n, err := unix.EpollWait(l.epoll, events, int(tick.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			l.handle(int(e.Fd))
		}
	}
	return nil
}

func (l *loop) open() (err error) {
	if l.datagram, err = l.udp.FD(); err != nil {
		return err
	}
	raw, err := l.tcp.SyscallConn()
	if err != nil {
		return err
	}
	if err = raw.Control(func(fd uintptr) { l.listener = int(fd) }); err != nil {
		return err
	}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	return errors.Join(l.watch(l.datagram, unix.EPOLLIN), l.watch(l.listener, unix.EPOLLIN))
}

func (l *loop) watch(fd int, events uint32) error {
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Fd: int32(fd), Events: events})
}

func (l *loop) close() {
	for _, p := range l.peers {
		l.drop(p)
	}
	unix.Close(l.epoll)
}

func (l *loop) handle(fd int) {
	switch fd {
	case l.listener:
		l.acceptPeer()
	case l.datagram:
		l.answerDatagram()
	default:
		if p := l.peers[fd]; p != nil {
			l.serve(p)
		}
	}
}

func (l *loop) acceptPeer() {
	if len(l.peers) >= maxClients {
		time.Sleep(time.Millisecond) // it stays readable; do not spin while the house is full
		return
	}
	fd, sa, err := unix.Accept4(l.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		l.call.Logf("%v", err)
		time.Sleep(tick)
	}
	if err != nil {
		return
	}
	p := &peer{fd: fd, upper: upper{on: l.upper}, events: unix.EPOLLIN}
	if a, ok := sa.(*unix.SockaddrInet4); ok {
		p.from = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String()
	}
	if err := l.watch(fd, p.events); err != nil {
		unix.Close(fd)
		return
	}
	l.peers[fd] = p
	l.arrived(p.from)
}

func (l *loop) answerDatagram() {
	n, from, err := datagram.ReceiveFrom(l.datagram, l.in)
	if err != nil {
		return
	}
	reply := l.reply(l.in[:n])
	if err := datagram.ReplyFrom(l.datagram, reply, from); err != nil {
		l.call.Logf("no answer to %s: %v", from.From, err)
		return
	}
	l.datagrams.Add(1)
	l.bytes.Add(int64(len(reply)))
}

// serve does for a client what can be done without waiting.
func (l *loop) serve(p *peer) {
	if !l.read(p) || !p.write() || p.ended && len(p.out) == 0 {
		l.drop(p)
		return
	}
	if events := p.wants(); events != p.events {
		p.events = events
		_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, p.fd, &unix.EpollEvent{Fd: int32(p.fd), Events: events})
	}
}

// read takes in what has come, once; false means that the connection is broken.
func (l *loop) read(p *peer) bool {
	if p.ended || len(p.out) >= full {
		return true
	}
	n, err := unix.Read(p.fd, l.in)
	switch {
	case again(err):
		return true
	case err != nil:
		return false
	case n == 0:
		p.ended = true
		p.out = p.upper.end(p.out)
		return true
	}
	p.out = p.upper.add(p.out, l.in[:n])
	return true
}

func (p *peer) write() bool {
	if len(p.out) == 0 {
		return true
	}
	n, err := unix.SendmsgN(p.fd, p.out, nil, nil, unix.MSG_NOSIGNAL)
	if again(err) {
		return true
	}
	if err != nil {
		return false
	}
	p.sent += int64(n)
	p.out = append(p.out[:0], p.out[n:]...)
	return true
}

// wants is what epoll should watch a client for.
func (p *peer) wants() (events uint32) {
	if !p.ended && len(p.out) < full {
		events |= unix.EPOLLIN
	}
	if len(p.out) > 0 {
		events |= unix.EPOLLOUT
	}
	return events
}

func (l *loop) drop(p *peer) {
	delete(l.peers, p.fd)
	unix.Close(p.fd) // epoll forgets it with that
	l.left(p.from, p.sent)
}

func again(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
}
