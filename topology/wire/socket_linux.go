package wire

import (
	"encoding/binary"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	batch      = 64       // frames of one call
	bufferSize = 66 << 10 // of a frame: 64 KiB and headers
	receiveMax = 8 << 20  // bytes that wait in a receiving socket; fewer where the machine does not allow it
	qdiscPass  = 20       // PACKET_QDISC_BYPASS
	allFrames  = 0x0300   // htons(ETH_P_ALL)
)

// openReceiver opens a packet socket that gets a copy of every frame that comes in at a device,
// before anything else of the kernel's does. It is bound last, so that no frame of another device comes.
func openReceiver(index int) (int, error) {
	fd, err := openSocket()
	if err != nil {
		return -1, err
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveMax) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveMax)
	}
	for _, o := range []struct {
		level, name int
		what        string
	}{
		{unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING"},
		{unix.SOL_PACKET, unix.PACKET_AUXDATA, "PACKET_AUXDATA"},
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, "SO_TIMESTAMPNS"},
	} {
		if err := unix.SetsockoptInt(fd, o.level, o.name, 1); err != nil {
			unix.Close(fd)
			return -1, fmt.Errorf("packet socket: %s: %w", o.what, err)
		}
	}
	return bound(fd, index, allFrames)
}

// openSender opens a packet socket that sends at a device and receives nothing. It goes past the
// device's queue, and is told when the other end does not take a frame.
func openSender(index int) (int, error) {
	fd, err := openSocket()
	if err != nil {
		return -1, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, qdiscPass, 1); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("packet socket: PACKET_QDISC_BYPASS: %w", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, receiveMax)
	return bound(fd, index, 0)
}

func openSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("packet socket: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("packet socket: PACKET_VNET_HDR: %w", err)
	}
	return fd, nil
}

func bound(fd, index int, protocol uint16) (int, error) {
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: index}); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("packet socket: bind: %w", err)
	}
	return fd, nil
}

// missed is how many frames the kernel had no room for since the last call.
func missed(fd int) uint64 {
	stats, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0
	}
	return uint64(stats.Drops)
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// vector is the arguments of recvmmsg and sendmmsg for a batch.
type vector struct {
	headers [batch]mmsghdr
	parts   [batch]unix.Iovec
	control [batch][128]byte
}

// receive reads up to a batch of frames into buffers. It returns how many came, and false when the
// kernel had one that it cannot hand over.
func (v *vector) receive(fd int, buffers [][]byte) (int, bool) {
	for i := range buffers {
		v.parts[i].Base = &buffers[i][0]
		v.parts[i].SetLen(len(buffers[i]))
		h := &v.headers[i].header
		*h = unix.Msghdr{Iov: &v.parts[i], Control: &v.control[i][0]}
		h.SetIovlen(1)
		h.SetControllen(len(v.control[i]))
	}
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&v.headers)), uintptr(len(buffers)), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno == unix.EAGAIN || errno == unix.EINTR
	}
	return int(n), true
}

// frame is what came as number i, and when the kernel got it; false where it did not fit.
func (v *vector) frame(i int, buffer []byte) (frame []byte, stamp time.Time, whole bool) {
	h := &v.headers[i]
	frame, whole = buffer[:h.length], h.header.Flags&unix.MSG_TRUNC == 0 && h.length > offloadHeader+etherHeader
	v.eachControl(i, func(c *unix.Cmsghdr, data unsafe.Pointer) {
		switch {
		case c.Level == unix.SOL_SOCKET && c.Type == unix.SCM_TIMESTAMPNS:
			stamp = time.Unix((*unix.Timespec)(data).Unix())
		case c.Level == unix.SOL_PACKET && c.Type == unix.PACKET_AUXDATA && whole:
			frame = (*auxdata)(data).tag(frame)
		}
	})
	return frame, stamp, whole
}

// eachControl goes through the control messages (cmsg(3)) of number i.
func (v *vector) eachControl(i int, see func(c *unix.Cmsghdr, data unsafe.Pointer)) {
	all := v.control[i][:v.headers[i].header.Controllen]
	for len(all) >= unix.SizeofCmsghdr {
		c := (*unix.Cmsghdr)(unsafe.Pointer(&all[0]))
		if c.Len < unix.SizeofCmsghdr || uint64(c.Len) > uint64(len(all)) {
			return
		}
		see(c, unsafe.Pointer(&all[unix.CmsgLen(0)]))
		all = all[min(unix.CmsgSpace(int(c.Len)-unix.CmsgLen(0)), len(all)):]
	}
}

// auxdata is struct tpacket_auxdata (packet(7)): the VLAN tag that the kernel has taken out of a frame.
type auxdata struct {
	status, length, snapshot    uint32
	mac, network, control, kind uint16
}

// tag puts the tag back. A receiver's buffers have room for it.
func (a *auxdata) tag(buffer []byte) []byte {
	const valid, kindValid = 0x10, 0x40 // TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID
	if a.status&valid == 0 || cap(buffer) < len(buffer)+vlanTag {
		return buffer
	}
	kind := uint16(etherVLAN)
	if a.status&kindValid != 0 {
		kind = a.kind
	}
	const at = offloadHeader + etherHeader - 2
	buffer = buffer[:len(buffer)+vlanTag]
	copy(buffer[at+vlanTag:], buffer[at:])
	binary.BigEndian.PutUint16(buffer[at:], kind)
	binary.BigEndian.PutUint16(buffer[at+2:], a.control)
	offload(buffer[:offloadHeader]).shift(vlanTag)
	return buffer
}

// send sends frames in order. It returns how many were taken, and why not the next one.
func (v *vector) send(fd int, frames [][]byte) (int, error) {
	for i, f := range frames {
		v.parts[i].Base = &f[0]
		v.parts[i].SetLen(len(f))
		h := &v.headers[i].header
		*h = unix.Msghdr{Iov: &v.parts[i]}
		h.SetIovlen(1)
	}
	sent := 0
	for sent < len(frames) {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&v.headers[sent])), uintptr(len(frames)-sent), unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return sent, errno
		}
		sent += int(n)
	}
	return sent, nil
}
