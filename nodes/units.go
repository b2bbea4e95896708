package nodes

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a time as Go writes it: 20ms, 1.5s, 2m30s (time.ParseDuration).
// It is never negative.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		return 0, notA("duration", s)
	}
	return d, nil
}

// ParseRatio reads 10% as 0.1; a plain number from 0 to 1 is taken as it is.
func ParseRatio(s string) (float64, error) {
	digits, percent := strings.CutSuffix(s, "%")
	if !isDecimal(digits) {
		return 0, notA("ratio", s)
	}
	if percent {
		digits += "e-2" // rounds once, so that 0.1% is exactly 0.001
	}
	r, err := strconv.ParseFloat(digits, 64)
	if err != nil || r > 1 {
		return 0, notA("ratio", s)
	}
	return r, nil
}

// ParseSize reads an amount of data in bytes: 1500, 10MB (10^7), 4KiB (2^12). Units
// are B, kB (or KB), MB, GB, TB, which are powers of 1000, and KiB, MiB, GiB, TiB, which
// are powers of 1024 (IEC 80000-13).
func ParseSize(s string) (int64, error) {
	return parseUnit("size", s, map[string]int64{
		"": 1, "B": 1,
		"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	})
}

// ParseRate reads bits per second: 10mbit is 10^7. Units are bit, kbit, mbit, gbit,
// powers of 1000, as in tc(8). The unit is required.
func ParseRate(s string) (int64, error) {
	return parseUnit("rate", s, map[string]int64{
		"bit": 1, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9,
	})
}

// parseUnit reads a decimal number and a unit, exactly: what is not a whole number in the
// end, or does not fit, is refused.
func parseUnit(kind, s string, units map[string]int64) (int64, error) {
	digits := strings.TrimRight(s, "BKMGTabcdefghijklmnopqrstuvwxyz")
	factor, ok := units[s[len(digits):]]
	if !ok || !isDecimal(digits) {
		return 0, notA(kind, s)
	}
	n, ok := new(big.Rat).SetString(digits)
	if !ok {
		return 0, notA(kind, s)
	}
	n.Mul(n, new(big.Rat).SetInt64(factor))
	if !n.IsInt() || !n.Num().IsInt64() {
		return 0, notA(kind, s)
	}
	return n.Num().Int64(), nil
}

// isDecimal says whether s is digits with at most one point inside, and short enough to be
// cheap.
func isDecimal(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	if len(s) > 32 || whole == "" || point && fraction == "" {
		return false
	}
	return strings.Trim(whole+fraction, "0123456789") == ""
}

func notA(kind, s string) error {
	return errors.New("not a " + kind + ": " + strconv.Quote(s))
}

// FormatDuration writes a time for people, to three or four digits: 1.234ms.
func FormatDuration(d time.Duration) string {
	for unit := time.Duration(1); unit <= time.Hour; unit *= 10 {
		if d.Abs() < unit*10_000 {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Hour).String()
}

// FormatRatio writes 0.125 as 12.5%.
func FormatRatio(r float64) string {
	return strconv.FormatFloat(math.Round(r*1e6)/1e4, 'f', -1, 64) + "%"
}

// FormatSize writes bytes with a decimal unit, to three digits: 10 MB.
func FormatSize(n int64) string {
	return scaled(float64(n), []string{"B", "kB", "MB", "GB", "TB"})
}

// FormatRate writes bits per second with a decimal unit, to three digits: 9.41 mbit.
func FormatRate(r float64) string {
	return scaled(r, []string{"bit", "kbit", "mbit", "gbit"})
}

func scaled(v float64, units []string) string {
	i := 0
	for ; v >= 999.5 && i < len(units)-1; i++ {
		v /= 1000
	}
	return fmt.Sprintf("%.3g %s", v, units[i])
}
