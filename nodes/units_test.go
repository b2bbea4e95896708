package nodes

import (
	"fmt"
	"testing"
	"time"
)

func TestUnits(t *testing.T) {
	duration := func(s string) (any, error) { return ParseDuration(s) }
	ratio := func(s string) (any, error) { return ParseRatio(s) }
	size := func(s string) (any, error) { return ParseSize(s) }
	rate := func(s string) (any, error) { return ParseRate(s) }
	for _, c := range []struct {
		parse func(string) (any, error)
		typed string
		want  any
	}{
		{duration, "20ms", 20 * time.Millisecond}, {duration, "1.5s", 1500 * time.Millisecond},
		{duration, "2m30s", 150 * time.Second}, {duration, "0", time.Duration(0)}, {duration, "0s", time.Duration(0)},
		{ratio, "10%", 0.1}, {ratio, "0.1%", 0.001}, {ratio, "2.5%", 0.025}, {ratio, "100%", 1.0}, {ratio, "0", 0.0}, {ratio, "0.5", 0.5},
		{size, "1500", int64(1500)}, {size, "10MB", int64(10_000_000)}, {size, "1MiB", int64(1 << 20)}, {size, "1.5KiB", int64(1536)},
		{size, "2kB", int64(2000)}, {size, "2KB", int64(2000)}, {size, "3B", int64(3)}, {size, "1TiB", int64(1) << 40},
		{rate, "10mbit", int64(10_000_000)}, {rate, "1.5kbit", int64(1500)}, {rate, "100bit", int64(100)}, {rate, "2gbit", int64(2_000_000_000)},
	} {
		if got, err := c.parse(c.typed); err != nil || got != c.want {
			t.Errorf("%s = %v, %v; want %v", c.typed, got, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		parse func(string) (any, error)
		wrong []string
	}{
		"duration": {duration, []string{"", "5", "-1s", "+1s", "1d", "1 s", "s", "99999999999h"}},
		"ratio":    {ratio, []string{"", "%", "-1%", "101%", "1.5", "1e-1", "NaN", ".5", "1.", "0x1%", "10 %", "1.2.3%"}},
		"size":     {size, []string{"", "MB", "10mb", "10Mb", "-1", "0.5", "1.0001kB", "9999999999TB", "10 MB", "1e3", "10MBit", "0.3KiB"}},
		"rate":     {rate, []string{"", "10", "10MB", "10Mbit", "10mbits", "-1mbit", "0.5bit"}},
	} {
		for _, typed := range c.wrong {
			got, err := c.parse(typed)
			if want := fmt.Sprintf("not a %s: %q", name, typed); err == nil || err.Error() != want {
				t.Errorf("%s = %v, %v; want %s", typed, got, err, want)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{FormatDuration(0), "0s"}, {FormatDuration(312_345), "312.3µs"}, {FormatDuration(1_234_567), "1.235ms"},
		{FormatDuration(90 * time.Second), "1m30s"}, {FormatDuration(time.Duration(1) << 62), "1281024h0m0s"},
		{FormatRatio(0.125), "12.5%"}, {FormatRatio(0), "0%"}, {FormatRatio(0.03), "3%"},
		{FormatSize(0), "0 B"}, {FormatSize(999), "999 B"}, {FormatSize(10_000_000), "10 MB"}, {FormatSize(1 << 62), "4.61e+06 TB"},
		{FormatRate(9_412_000), "9.41 mbit"}, {FormatRate(999_999), "1 mbit"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func FuzzUnits(f *testing.F) {
	f.Add("10MB")
	f.Add("0.1%")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseSize(s); err == nil && n < 0 {
			t.Errorf("size %q = %d", s, n)
		}
		if r, err := ParseRatio(s); err == nil && !(r >= 0 && r <= 1) {
			t.Errorf("ratio %q = %v", s, r)
		}
		if d, err := ParseDuration(s); err == nil && d < 0 {
			t.Errorf("duration %q = %v", s, d)
		}
	})
}
