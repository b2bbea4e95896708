package scenario

import "testing"

func TestUnfold(t *testing.T) {
	for text, want := range map[string]string{
		"即“半包”。 在每条消息前":  "即“半包”。在每条消息前",
		"说了 exit 的成员":    "说了 exit 的成员",
		"TCP 传的是字节流， 不是": "TCP 传的是字节流，不是",
		"":               "",
		" 你 ":            " 你 ",
	} {
		if got := unfold(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
