package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// nftTables are the nftables tables that Docker makes inside a container for its name
// server, by family: "nat" through iptables-nft, "docker-dns" where its own
// nftables backend writes them.
func nftTables() []nftTable {
	return []nftTable{
		{unix.NFPROTO_IPV4, "nat"},
		{unix.NFPROTO_IPV4, "docker-dns"},
	}
}

type nftTable struct {
	family uint8
	name   string
}

// removeNATTables does what these do, where there is such a table:
//
//	nft delete table ip nat
//	nft delete table ip docker-dns
//
// A kernel without nftables, or a namespace where it may not be used, has none.
func removeNATTables() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	for _, t := range nftTables() {
		if err := deleteTable(fd, t); err != nil {
			return fmt.Errorf("table ip %s: %w", t.name, err)
		}
	}
	return nil
}

// deleteTable sends a transaction (linux/netfilter/nfnetlink.h):
//
//	NFNL_MSG_BATCH_BEGIN   NFT_MSG_DELTABLE { NFTA_TABLE_NAME }   NFNL_MSG_BATCH_END
func deleteTable(fd int, t nftTable) error {
	const deltable = unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_DELTABLE
	batch := nfMessage(unix.NFNL_MSG_BATCH_BEGIN, 0, 1, unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES, nil)
	batch = append(batch, nfMessage(deltable, unix.NLM_F_ACK, 2, t.family, 0, nameAttribute(unix.NFTA_TABLE_NAME, t.name))...)
	batch = append(batch, nfMessage(unix.NFNL_MSG_BATCH_END, 0, 3, unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES, nil)...)
	if err := unix.Sendto(fd, batch, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, os.Getpagesize())
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	return nfError(answer[:n])
}

// nfError reads NLMSG_ERROR: a table that is not there is no error, and neither is a
// kernel without nftables.
func nfError(answer []byte) error {
	if len(answer) < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return errors.New("an answer that is none")
	}
	errno := unix.Errno(-int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])))
	switch errno {
	case 0, unix.ENOENT, unix.EOPNOTSUPP:
		return nil
	}
	return errno
}

// nfMessage is nlmsghdr, nfgenmsg and attributes.
func nfMessage(kind, flags uint16, sequence uint32, family uint8, resource uint16, attributes []byte) []byte {
	const header = unix.SizeofNlMsghdr + 4 // struct nfgenmsg
	m := make([]byte, header, header+len(attributes))
	binary.NativeEndian.PutUint32(m[0:], uint32(header+len(attributes)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], flags|unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(m[8:], sequence)
	m[16], m[17] = family, unix.NFNETLINK_V0
	binary.BigEndian.PutUint16(m[18:], resource)
	return append(m, attributes...)
}

// nameAttribute is nlattr with a string, padded to four bytes.
func nameAttribute(kind uint16, name string) []byte {
	size := unix.SizeofNlAttr + len(name) + 1
	a := make([]byte, (size+3)&^3)
	binary.NativeEndian.PutUint16(a[0:], uint16(size))
	binary.NativeEndian.PutUint16(a[2:], kind)
	copy(a[unix.SizeofNlAttr:], name)
	return a
}
