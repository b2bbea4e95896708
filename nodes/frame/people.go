package frame

import (
	"fmt"

	"netsim/nodes"
)

func clientText(v nodes.Values) string {
	return fmt.Sprintf("%v is here (client %v)", v["from"], v["client"])
}

func readText(v nodes.Values) string {
	return fmt.Sprintf("one read from %v (client %v): %v bytes: %v", v["from"], v["client"], v["bytes"], v["text"])
}

func messageText(v nodes.Values) string {
	return fmt.Sprintf("message from %v (client %v): %v bytes: %v", v["from"], v["client"], v["bytes"], v["text"])
}

func badText(v nodes.Values) string {
	return fmt.Sprintf("no message from %v (client %v): %v", v["from"], v["client"], v["detail"])
}

func leftText(v nodes.Values) string {
	return fmt.Sprintf("%v has left (client %v): %v", v["from"], v["client"], v["reason"])
}
