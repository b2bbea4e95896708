package talk

import (
	"fmt"

	"netsim/nodes"
)

func arrivedText(v nodes.Values) string {
	return fmt.Sprintf("%v is here (client %v)", v["from"], v["client"])
}

func messageText(v nodes.Values) string { return fmt.Sprintf("%s: %v", shown(v, "from"), v["text"]) }

func sentText(v nodes.Values) string { return fmt.Sprintf("  to %s: %v", shown(v, "to"), v["text"]) }

func leftText(v nodes.Values) string {
	return fmt.Sprintf("%v has left (client %v): %s", v["from"], v["client"], why(v["reason"], v["by"]))
}

// why is an ending in words.
func why(reason, by any) string {
	switch {
	case reason == saidQuit && by == us:
		return "we said q"
	case reason == saidQuit:
		return "it said q"
	case reason == closed:
		return "it hung up without a q"
	case reason == evicted:
		return "it had said nothing, and another one needed its place"
	case reason == idle:
		return "nobody said a word for too long"
	case reason == stuck:
		return "it does not read what we say"
	case reason == truncated:
		return "it hung up in the middle of a message"
	case reason == corrupted:
		return "it sent what is no framed message"
	}
	return fmt.Sprint(reason)
}

// unsentText says how many typed lines were not sent.
func unsentText(n int) string {
	if n == 1 {
		return "1 typed line was not sent"
	}
	return fmt.Sprintf("%d typed lines were not sent", n)
}
