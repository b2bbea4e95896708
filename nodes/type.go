package nodes

import (
	"errors"
	"strconv"
	"strings"
)

// Check says whether a text is a value of the type, as it is typed in a command. The
// error says what it is not: `not a duration: "5"`.
func (t Type) Check(text string) error {
	var err error
	switch t {
	case Int:
		_, err = parseInt(text)
	case Bool:
		err = oneOf(text, []string{"true", "false"})
	case Host:
		err = checkHost(text)
	case Path:
		err = checkPath(text)
	case Duration:
		_, err = ParseDuration(text)
	case Ratio:
		_, err = ParseRatio(text)
	case Size:
		_, err = ParseSize(text)
	case Rate:
		_, err = ParseRate(text)
	}
	return err
}

// Typed says how a value of the type is typed, for hints and help: "a duration such
// as 20ms or 1.5s".
func (t Type) Typed() string {
	switch t {
	case Int:
		return "a whole number such as 5"
	case Bool:
		return "true or false"
	case Host:
		return "a node's name, a name of the hosts file, or an address such as 10.1.0.2"
	case Path:
		return "a file's path"
	case Duration:
		return "a duration such as 20ms or 1.5s"
	case Ratio:
		return "a ratio such as 10%, from 0% to 100%"
	case Size:
		return "a size such as 1500, 10MB or 4KiB"
	case Rate:
		return "a rate such as 10mbit"
	}
	return "a text"
}

// number is a value of an ordered type as a float, to compare it with bounds.
func (t Type) number(text string) float64 {
	switch t {
	case Int:
		n, _ := parseInt(text)
		return float64(n)
	case Duration:
		d, _ := ParseDuration(text)
		return d.Seconds()
	case Ratio:
		r, _ := ParseRatio(text)
		return r
	case Size:
		n, _ := ParseSize(text)
		return float64(n)
	case Rate:
		n, _ := ParseRate(text)
		return float64(n)
	}
	return 0
}

// parseInt reads a count: it is never negative.
func parseInt(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || text[0] == '+' || text[0] == '-' {
		return 0, errors.New("not a whole number: " + strconv.Quote(text))
	}
	return n, nil
}

func oneOf(text string, choices []string) error {
	for _, c := range choices {
		if c == text {
			return nil
		}
	}
	return errors.New("unknown value " + strconv.Quote(text))
}

// checkHost takes what a name (RFC 1123) or an address of either family is made of.
func checkHost(text string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if text == "" || len(text) > 253 || strings.Trim(text, letters+"-._:%") != "" ||
		!strings.ContainsAny(text[:1], letters+":") {
		return errors.New("not a host: " + strconv.Quote(text))
	}
	return nil
}

func checkPath(text string) error {
	if text == "" || strings.ContainsRune(text, 0) {
		return errors.New("not a path: " + strconv.Quote(text))
	}
	return nil
}
