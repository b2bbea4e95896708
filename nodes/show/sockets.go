package show

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"netsim/nodes"
)

// sockets reads the kernel's lists (proc_pid_net(5)).
func sockets() ([]nodes.Values, error) {
	var rows []nodes.Values
	for _, protocol := range []string{"tcp", "udp"} {
		b, err := os.ReadFile("/proc/net/" + protocol)
		if err != nil {
			return rows, err
		}
		rows = append(rows, parseSockets(protocol, string(b))...)
	}
	return rows, nil
}

// parseSockets reads such a list. Addresses are hexadecimal, in this machine's byte
// order; ports and states are hexadecimal numbers:
//
//	sl  local_address rem_address   st tx_queue rx_queue …
//	 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 …
func parseSockets(protocol, text string) []nodes.Values {
	var rows []nodes.Values
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		local, ok := parseEnd(words[1])
		remote, ok2 := parseEnd(words[2])
		if !ok || !ok2 {
			continue // the line of titles
		}
		row := nodes.Values{"protocol": protocol, "local": local, "state": socketState(protocol, words[3])}
		if remote.Port() != 0 {
			row["remote"] = remote
		}
		rows = append(rows, row)
	}
	return rows
}

func parseEnd(s string) (netip.AddrPort, bool) {
	address, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(address)
	n, portErr := strconv.ParseUint(port, 16, 16)
	if err != nil || portErr != nil || len(b) != 4 {
		return netip.AddrPort{}, false
	}
	var a [4]byte
	binary.NativeEndian.PutUint32(a[:], binary.BigEndian.Uint32(b))
	return netip.AddrPortFrom(netip.AddrFrom4(a), uint16(n)), true
}

// socketState names a state by its number (linux/tcp_states.h); UDP uses two of TCP's.
func socketState(protocol, code string) string {
	names := map[string]string{
		"01": "established", "02": "syn-sent", "03": "syn-received", "04": "fin-wait-1", "05": "fin-wait-2", "06": "time-wait",
		"07": "closed", "08": "close-wait", "09": "last-ack", "0A": "listen", "0B": "closing", "0C": "syn-received",
	}
	if protocol == "udp" {
		names = map[string]string{"01": "connected", "07": "bound"}
	}
	if name := names[strings.ToUpper(code)]; name != "" {
		return name
	}
	return code
}
